"""What is done with an approval besides answering it: one address for each act."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

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
from approvals.locking import Caller
from approvals.models import Approval
from approvals.pages import acts_panel
from approvals.pages.forms import edit_form
from approvals.pages.moments import moment_in
from approvals.persons import person_of
from approvals.policies import asked_of
from approvals.views import files
from approvals.views.decision import answer_page, shut_out
from approvals.views.requests import caller_of, names_in, reader, version_in
from workflows.errors import SchemaMismatch

TYPED = ("text", "username", "users", "groups", "reason", "due_at", "until")

Service = Callable[[HttpRequest, Approval, Caller], object]


@require_POST
def act(request: HttpRequest, approval_id: str, name: str) -> HttpResponse:
    """Do it, or show the page again with what was typed and why it was not done."""
    service = SERVICES.get(name.replace("-", "_"))
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        return shut_out(request, approval_id, is_answer=False)
    if service is None:
        raise Http404
    try:
        service(request, approval, caller_of(request))
    except (ApprovalError, SchemaMismatch) as error:
        return _again(request, approval_id, name.replace("-", "_"), error)
    messages.success(request, str(DONE[name.replace("-", "_")]))
    return redirect("approvals:decision", approval.pk)


def _again(
    request: HttpRequest, approval_id: str, name: str, error: Exception
) -> HttpResponse:
    try:
        approval = inbox.get_visible(reader(request), approval_id)
    except ApprovalNotFound:
        return shut_out(request, approval_id, is_answer=False)
    typed = {field: request.POST.get(field, "") for field in TYPED}
    words, edits = str(error), None
    if isinstance(error, EditMismatch):
        words = _("Some of what you changed does not fit.")
        edits = edit_form(
            approval, request.POST, beside_answer=False, errors=error.in_the_proposal
        )
    refused = acts_panel.Refused(act=name, words=words, typed=typed, edits=edits)
    return answer_page(request, approval, refused=refused, status=status_of(error))


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
    person = person_of(caller.user, now=caller.now)
    if permits.to_resubmit(person, asked_of(approval)).allowed:
        files.take(request)
    form = edit_form(approval, request.POST, beside_answer=False)
    made = form.value() if form else None
    return change_requests.resubmit(
        approval_id=approval.pk,
        caller=caller,
        text=request.POST.get("text", ""),
        edits_made=made if isinstance(made, dict) else None,
        version=version_in(request),
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
