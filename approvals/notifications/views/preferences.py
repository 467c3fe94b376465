"""What Countersign mails a person about: one choice for each kind."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from approvals import conf, zones
from approvals.notifications import locales, preferences
from approvals.notifications.kinds import FOR_OPERATORS, Kind, Timing
from approvals.notifications.spreading import MENDING
from approvals.views.requests import reader

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class PreferencesForm(forms.Form):
    """How mails are written, and a field for each kind of message."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    def __init__(self, *args: object, kinds: Sequence[Kind], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        as_site = [("", _("As the site"))]
        self._offer("language", [*as_site, *map(_named, dict(settings.LANGUAGES))])
        names = sorted(zones.known())
        self._offer("zone", as_site + [(n, n.replace("_", " ")) for n in names])
        self.kinds = kinds
        for kind in kinds:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label, choices=Timing.choices, widget=forms.RadioSelect
            )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def wishes(self) -> list[forms.BoundField]:
        """The fields of the kinds."""
        return [self[kind.value] for kind in self.kinds]


def _named(code: str) -> tuple[str, str]:
    """A language, by the name that its readers know."""
    return code, str(get_language_info(code)["name_local"])


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show what was chosen, or keep what is chosen now."""
    person = reader(request)
    kinds = _kinds(person)
    if request.method == "POST":
        form = PreferencesForm(request.POST, kinds=kinds)
        if form.is_valid():
            wishes = {kind: Timing(form.cleaned_data[kind]) for kind in kinds}
            preferences.choose(person.pk, wishes)
            given = form.cleaned_data
            locales.choose(person.pk, language=given["language"], zone=given["zone"])
            messages.success(request, _("Your choice is kept."))
            return redirect("approvals:preferences")
        return _page(request, form, status=422)
    return _page(request, PreferencesForm(initial=_initial(person.pk), kinds=kinds))


def _kinds(person: "User") -> list[Kind]:
    """What this person may hear of."""
    mends = any(person.has_perm(right) for right in MENDING)
    return [kind for kind in Kind if mends or kind not in FOR_OPERATORS]


def _initial(user_id: int) -> dict[str, str]:
    chosen = preferences.of_person(user_id)
    language, zone = locales.chosen_by(user_id)
    wishes = {kind.value: timing.value for kind, timing in chosen.items()}
    return {**wishes, "language": language, "zone": zone}


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
