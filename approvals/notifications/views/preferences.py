"""What Countersign mails a person about: one choice for each kind."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from approvals import conf
from approvals.notifications import preferences
from approvals.notifications.kinds import Kind, Timing
from approvals.views.requests import reader


class PreferencesForm(forms.Form):
    """A field for each kind of message."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        for kind in Kind:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Timing.choices, widget=forms.RadioSelect
            )


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show what was chosen, or keep what is chosen now."""
    person = reader(request)
    if request.method == "POST":
        form = PreferencesForm(request.POST)
        if form.is_valid():
            wishes = {kind: Timing(form.cleaned_data[kind]) for kind in Kind}
            preferences.choose(person.pk, wishes)
            messages.success(request, _("Your choice is kept."))
            return redirect("approvals:preferences")
        return _page(request, form, status=422)
    return _page(request, PreferencesForm(initial=_initial(person.pk)))


def _initial(user_id: int) -> dict[str, str]:
    chosen = preferences.of_person(user_id)
    return {kind.value: timing.value for kind, timing in chosen.items()}


def _page(
    request: HttpRequest, form: PreferencesForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "email": reader(request).email,
        "hour": conf.get("DIGEST_HOUR"),
        "timings": Timing.choices,
    }
    return render(request, "notifications/preferences.html", context, status=status)
