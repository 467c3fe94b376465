"""An action of the admin that asks before it acts: for a confirmation, and for why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django_stubs_ext import StrOrPromise

M = TypeVar("M", bound=Model)


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000
    )


def given(
    request: HttpRequest, form_class: type[ReasonForm]
) -> tuple[ReasonForm, dict[str, Any] | None]:
    """The form, and what was typed into it once it is confirmed and whole."""
    confirmed = "confirmed" in request.POST
    form = form_class(request.POST if confirmed else None)
    return form, form.cleaned_data if confirmed and form.is_valid() else None


def ask(
    page: ModelAdmin[M],
    request: HttpRequest,
    chosen: Sequence[M],
    form: ReasonForm,
    words: StrOrPromise,
) -> TemplateResponse:
    """The page that names what was chosen and takes the reason."""
    name = request.POST["action"]
    action = page.get_actions(request)[name]
    context = {
        **page.admin_site.each_context(request),
        "title": action[2] if action else name,
        "words": words,
        "form": form,
        "action": name,
        "chosen": chosen,
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/confirm.html", context)
