"""Who stands in for the reader, for whom they do, and arranging it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from approvals import colleagues, delegations
from approvals.errors import ApprovalNotFound
from approvals.pages.moments import moment_field
from approvals.questions import in_words
from approvals.views.requests import caller_of, reader
from workflows import registry
from workflows.errors import SchemaMismatch


class DelegationForm(forms.Form):
    """What one types to let a colleague stand in."""

    delegate = forms.CharField(
        label=gettext_lazy("Who stands in for you"),
        max_length=254,
        help_text=gettext_lazy("A name, a user name or an e-mail address."),
    )
    starts_at = moment_field(gettext_lazy("From"))
    ends_at = moment_field(gettext_lazy("Until"))
    workflow = forms.ChoiceField(
        label=gettext_lazy("For which requests"), required=False
    )

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        every = sorted({workflow.id for workflow in registry.all()})
        named = [(name, in_words(name)) for name in every]
        field = self.fields["workflow"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Everything")), *named]
        zone = {"zone": timezone.get_current_timezone_name()}
        for moment in ("starts_at", "ends_at"):
            self.fields[moment].help_text = _("Time zone: %(zone)s") % zone
        self.fields["delegate"].widget.attrs |= {
            "list": "people",
            "autocomplete": "off",
            "hx-get": reverse("approvals:people", args=["stand-in"]),
            "hx-trigger": "input changed delay:250ms",
            "hx-target": "#people",
            "hx-sync": "this:replace",
        }


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
        "colleagues": colleagues.matching(
            colleagues.for_standing_in(reader(request)), ""
        ),
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
    people = colleagues.for_standing_in(reader(request))
    try:
        typed = form.cleaned_data["delegate"]
        named = {"delegate": colleagues.meant(typed, people, field="delegate")}
        delegations.delegate(caller=caller_of(request), **form.cleaned_data | named)
    except SchemaMismatch as misfit:
        for fault in misfit.errors:
            form.add_error(str(fault["loc"][0]), fault["msg"])
        return False
    return True
