"""What operators do to approvals in the admin: each act by its one service.

An act is chosen in the list, confirmed on a page of its own, and needs a reason, which
stands in the history and whose digest stands in the audit row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from approvals import assigning, claiming, comments, due_dates
from approvals.errors import ApprovalError
from approvals.locking import Caller
from approvals.models import Approval
from approvals.pages.moments import moment_field
from approvals.persons import ASSIGN
from approvals.statuses import Channel
from approvals.views.requests import caller_of, names_in
from approvals.visible_text import plain
from workflows import confirming
from workflows.confirming import ReasonForm
from workflows.errors import SchemaMismatch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    ApprovalAdminBase = admin.ModelAdmin[Approval]
else:
    ApprovalAdminBase = admin.ModelAdmin

MANY = 500  # approvals in one go


class ActForm(ReasonForm):
    """Why, in words that can be read."""

    def clean_reason(self) -> str:
        try:
            return comments.said_in(self.cleaned_data["reason"], "reason")
        except SchemaMismatch as misfit:
            raise forms.ValidationError(misfit.errors[0]["msg"]) from misfit


class AssignForm(ActForm):
    """Who is asked from now on."""

    users = forms.CharField(label=_("User names, with commas between"), required=False)
    groups = forms.CharField(label=_("Groups, with commas between"), required=False)
    field_order = ("users", "groups", "reason")

    def clean_users(self) -> list[str]:
        return names_in(self.cleaned_data["users"])

    def clean_groups(self) -> list[str]:
        return names_in(self.cleaned_data["groups"])


class ReplaceForm(ActForm):
    """Who takes the place of whom."""

    leaver = forms.CharField(label=_("User name of who leaves"), max_length=150)
    successor = forms.CharField(label=_("User name of who is asked instead"))
    field_order = ("leaver", "successor", "reason")


class ExtendForm(ActForm):
    """When it is due."""

    due_at = moment_field(_("Due at"))
    field_order = ("due_at", "reason")


class OperatorActs(ApprovalAdminBase):
    """The actions of the list; who may, is asked once more by the services."""

    actions = ("assign", "replace", "release", "extend", "expire")

    def has_assign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ASSIGN)

    def has_view_permission(
        self, request: HttpRequest, obj: Approval | None = None
    ) -> bool:
        may_view = super().has_view_permission(request, obj)
        return may_view or self.has_assign_permission(request)

    @admin.action(description=_("Say who is asked"), permissions=["assign"])
    def assign(self, request: HttpRequest, chosen: QuerySet[Approval]) -> Any:
        words = _("They are asked and nobody else; who has claimed one gives it back.")
        return self._act(request, chosen, assigning.assign, AssignForm, words)

    @admin.action(description=_("Replace a person who leaves"), permissions=["assign"])
    def replace(self, request: HttpRequest, chosen: QuerySet[Approval]) -> Any:
        words = _("One person is asked in the place of another; the others stay.")
        return self._act(request, chosen, assigning.replace, ReplaceForm, words)

    @admin.action(description=_("Give claims back"), permissions=["assign"])
    def release(self, request: HttpRequest, chosen: QuerySet[Approval]) -> Any:
        words = _("All who were asked can answer again.")
        return self._act(request, chosen, claiming.release, ActForm, words)

    @admin.action(description=_("Move the due date"), permissions=["assign"])
    def extend(self, request: HttpRequest, chosen: QuerySet[Approval]) -> Any:
        words = _("What follows from the due date moves along.")
        return self._act(request, chosen, due_dates.extend, ExtendForm, words)

    @admin.action(description=_("End the time to answer"), permissions=["assign"])
    def expire(self, request: HttpRequest, chosen: QuerySet[Approval]) -> Any:
        words = _("What their due dates do, or the next escalation, happens now.")
        return self._act(request, chosen, due_dates.expire, ActForm, words)

    def _act(
        self,
        request: HttpRequest,
        chosen: QuerySet[Approval],
        service: Callable[..., Approval],
        form_class: type[ActForm],
        words: StrOrPromise,
    ) -> HttpResponse | None:
        """Ask for what is missing; then do it, to each by itself."""
        approvals = list(chosen[: MANY + 1])
        if len(approvals) > MANY:
            many = _("Choose at most %(many)s at a time.") % {"many": MANY}
            messages.error(request, many)
            return None
        form, typed = confirming.given(request, form_class)
        if typed is None:
            return confirming.ask(self, request, approvals, form, words)
        caller = caller_of(request, Channel.ADMIN)
        done = [_done(request, a, service, caller, typed) for a in approvals]
        if count := sum(done):
            said = ngettext("Done to %(count)s.", "Done to %(count)s.", count)
            messages.success(request, said % {"count": count})
        return None


def _done(
    request: HttpRequest,
    approval: Approval,
    service: Callable[..., Approval],
    caller: Caller,
    given: dict[str, Any],
) -> bool:
    """Whether it was done; if not, the reason is said with the approval's title."""
    try:
        service(approval_id=approval.pk, caller=caller, **given)
    except (ApprovalError, SchemaMismatch) as error:
        messages.error(request, f"{plain(approval.title)}: {error}")
        return False
    return True
