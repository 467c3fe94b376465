"""What is done with an approval besides answering it: one address for each act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import (
    asking,
    assigning,
    change_requests,
    claiming,
    colleagues,
    comments,
    due_dates,
    inbox,
    permits,
    snoozing,
)
from approvals.errors import ApprovalError, ApprovalNotFound, EditMismatch, status_of
from approvals.locking import Caller, require
from approvals.models import Approval
from approvals.pages import acts_panel, fieldless
from approvals.pages.conflict_page import Typed
from approvals.pages.forms import edit_form
from approvals.pages.moments import moment_in
from approvals.persons import person_of
from approvals.policies import asked_of
from approvals.refusals import refuse_stale
from approvals.schema_forms import SchemaForm
from approvals.views import files
from approvals.views.decision import answer_page, shut_out
from approvals.views.requests import (
    caller_of,
    names_in,
    posted_from,
    reader,
    version_in,
)
from workflows.errors import SchemaMismatch

EDITS = "edits"
STILL_EDITED: Final = object()  # a row was added or moved, and nothing is sent yet
TYPED = ("text", "username", "users", "groups", "reason", "due_at", "until")

Service = Callable[[HttpRequest, Approval, Caller], object]


@posted_from("approvals:decision")
def act(request: HttpRequest, approval_id: str, name: str) -> HttpResponse:
    """Do it, or show the page again with what was typed and why it was not done."""
    name = name.replace("-", "_")
    service = SERVICES.get(name)
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        return shut_out(request, approval_id, is_answer=False)
    if service is None:
        raise Http404
    try:
        done = service(request, approval, caller_of(request))
    except (ApprovalError, SchemaMismatch) as error:
        return _again(request, approval_id, name, error)
    if done is STILL_EDITED:
        return _again(request, approval_id, name)
    messages.success(request, str(DONE[name]))
    return redirect("approvals:decision", approval.pk)


def _again(
    request: HttpRequest, approval_id: str, name: str, error: Exception | None = None
) -> HttpResponse:
    """The page with all that was typed, also where it has no place any more."""
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        return shut_out(request, approval_id, is_answer=False)
    edits = _edits(request, approval, error) if name == "resubmit" else None
    refused = acts_panel.Refused(
        act=name,
        words=_words(error),
        typed={field: request.POST.get(field, "") for field in TYPED},
        edits=edits,
        fieldless=(
            *fieldless.boxes(_fieldless(request, edits), approval.payload_value),
            *_files(request),
        ),
    )
    status = status_of(error) if error else 200
    return answer_page(request, approval, refused=refused, status=status)


def _words(error: Exception | None) -> str:
    if isinstance(error, EditMismatch):
        return _("Some of what you changed does not fit.")
    return str(error or "")


def _edits(
    request: HttpRequest, approval: Approval, error: Exception | None = None
) -> SchemaForm | None:
    """What was sent for the proposal, by what is proposed now."""
    return edit_form(
        approval,
        request.POST,
        version=version_in(request),
        errors=error.in_the_proposal if isinstance(error, EditMismatch) else None,
        beside_answer=False,
    )


def _fieldless(request: HttpRequest, edits: SchemaForm | None) -> dict[str, list[str]]:
    return fieldless.texts_in(request.POST, edits, prefix=EDITS)


def _files(request: HttpRequest) -> list[Typed]:
    """Those that were not stored, as the act was not this person's."""
    return [Typed(label=_("File"), text=name) for name in files.names_left(request)]


def _hand_over(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    typed = request.POST.get("username", "").strip()
    people = colleagues.for_handing_over(reader(request), approval)
    return claiming.hand_over(
        approval_id=approval.pk,
        caller=caller,
        username=colleagues.meant(typed, people, field="username"),
    )


def _assign(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    people = colleagues.for_assigning(reader(request))
    typed = names_in(request.POST.get("users", ""))
    return assigning.assign(
        approval_id=approval.pk,
        caller=caller,
        users=[colleagues.meant(name, people, field="users") for name in typed],
        groups=names_in(request.POST.get("groups", "")),
        reason=request.POST.get("reason", ""),
    )


def _extend(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    return due_dates.extend(
        approval_id=approval.pk,
        caller=caller,
        due_at=moment_in(request.POST.get("due_at", ""), "due_at"),
        reason=request.POST.get("reason", ""),
    )


def _expire(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    reason = request.POST.get("reason", "")
    return due_dates.expire(approval_id=approval.pk, caller=caller, reason=reason)


def _request_changes(
    request: HttpRequest, approval: Approval, caller: Caller
) -> object:
    return change_requests.request_changes(
        approval_id=approval.pk,
        caller=caller,
        text=request.POST.get("text", ""),
        digest=request.POST.get("digest") or None,
        version=version_in(request),
    )


def _resubmit(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    person, version = person_of(caller.user, now=caller.now), version_in(request)
    require(permits.to_resubmit(person, asked_of(approval)))
    files.take(request)
    form = _edits(request, approval)
    if form is not None and form.action:
        refuse_stale(approval, approval.digest, version)
        return STILL_EDITED
    made = form.value() if form else None
    # What has no field is refused by name, and never left out in silence.
    left = {name: "\n".join(t) for name, t in _fieldless(request, form).items()}
    edits_made = {**(made if isinstance(made, dict) else {}), **left}
    return change_requests.resubmit(
        approval_id=approval.pk,
        caller=caller,
        text=request.POST.get("text", ""),
        edits_made=edits_made or None,
        version=version,
    )


def _comment(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    text = request.POST.get("text", "")
    return comments.comment(approval_id=approval.pk, caller=caller, text=text)


def _ask(request: HttpRequest, approval: Approval, caller: Caller) -> object:
    typed = request.POST.get("username", "").strip()
    people = colleagues.for_asking(reader(request), approval)
    return asking.ask(
        approval_id=approval.pk,
        caller=caller,
        username=colleagues.meant(typed, people, field="username"),
        text=request.POST.get("text", ""),
    )


def _snooze(request: HttpRequest, approval: Approval, caller: Caller) -> None:
    until = moment_in(request.POST.get("until", ""), "until")
    snoozing.snooze(approval=approval, user=caller.user, until=until)


def _wake(_request: HttpRequest, approval: Approval, caller: Caller) -> None:
    snoozing.wake(approval=approval, user=caller.user)


SERVICES: Mapping[str, Service] = {
    "claim": lambda _r, a, who: claiming.claim(approval_id=a.pk, caller=who),
    "take_over": lambda _r, a, who: claiming.take_over(approval_id=a.pk, caller=who),
    "release": lambda _r, a, who: claiming.release(approval_id=a.pk, caller=who),
    "recall": lambda _r, a, who: change_requests.recall(approval_id=a.pk, caller=who),
    "hand_over": _hand_over,
    "assign": _assign,
    "extend": _extend,
    "expire": _expire,
    "request_changes": _request_changes,
    "resubmit": _resubmit,
    "comment": _comment,
    "ask": _ask,
    "snooze": _snooze,
    "wake": _wake,
}
DONE = {
    "claim": gettext_lazy("You have claimed this."),
    "take_over": gettext_lazy("You have taken this over."),
    "release": gettext_lazy("It is given back to all who were asked."),
    "recall": gettext_lazy("It is taken back; it can be decided again."),
    "hand_over": gettext_lazy("It is handed over."),
    "assign": gettext_lazy("They are asked now."),
    "extend": gettext_lazy("It is due at another time now."),
    "expire": gettext_lazy("Its time is over. What follows from that happens now."),
    "request_changes": gettext_lazy("Changes are asked for. It comes back to you."),
    "resubmit": gettext_lazy("It is asked again."),
    "comment": gettext_lazy("Your comment is there."),
    "ask": gettext_lazy("Your colleague is asked. The answer comes as a comment."),
    "snooze": gettext_lazy("You put it aside. It comes back by itself."),
    "wake": gettext_lazy("It waits for you again."),
}
