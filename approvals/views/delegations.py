"""Who stands in for the reader, for whom they do, and arranging it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from approvals import delegations
from approvals.errors import ApprovalNotFound
from approvals.pages.moments import moment_field
from approvals.views.requests import caller_of, reader
from workflows import registry
from workflows.errors import SchemaMismatch


class DelegationForm(forms.Form):
    """What one types to let a colleague stand in."""

    delegate = forms.CharField(
        label=gettext_lazy("User name of who stands in for you"), max_length=150
    )
    starts_at = moment_field(gettext_lazy("From"))
    ends_at = moment_field(gettext_lazy("Until"))
    workflow = forms.ChoiceField(
        label=gettext_lazy("For which requests"), required=False
    )

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        every = sorted({workflow.id for workflow in registry.all()})
        named = [(name, name) for name in every]
        field = self.fields["workflow"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Everything")), *named]


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show them, or arrange another one."""
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = DelegationForm(posted, initial={"starts_at": timezone.localtime(now)})
    if posted is not None and form.is_valid() and _arrange(request, form):
        messages.success(request, _("It is arranged."))
        return redirect("approvals:delegations")
    context = {
        "form": form,
        "found": delegations.concerning(reader(request), now=now),
        "reader": reader(request),
    }
    status = 422 if form.errors else 200
    return render(request, "approvals/delegations.html", context, status=status)


@require_POST
def end(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """From now on nobody stands in any more."""
    try:
        delegations.end(caller=caller_of(request), delegation_id=delegation_id)
    except ApprovalNotFound:
        raise Http404 from None
    messages.success(request, _("It is ended."))
    return redirect("approvals:delegations")


def _arrange(request: HttpRequest, form: DelegationForm) -> bool:
    try:
        delegations.delegate(caller=caller_of(request), **form.cleaned_data)
    except SchemaMismatch as misfit:
        for fault in misfit.errors:
            form.add_error(str(fault["loc"][0]), fault["msg"])
        return False
    return True
