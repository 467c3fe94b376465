"""Where an answer leads somebody who wants the next request after each.

Answers that were given together lead to what became of each; the page that an answer
by a mail's link leads to names the next request and goes nowhere by itself.
"""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from approvals import inbox
from approvals.models import Approval
from approvals.pages import wording
from approvals.views.requests import reader, wants_fragment


def lead_on(request: HttpRequest, answered: Approval, *, votes: int) -> HttpResponse:
    """To the next request of the inbox, or to the inbox when nothing is left."""
    address = _address(request, inbox.waiting_for(reader(request)).first())
    words = wording.recorded_elsewhere(answered, votes=votes)
    messages.success(request, words, extra_tags=wording.ADVANCED)
    if wants_fragment(request):  # the whole window goes on, not a part of this page
        return HttpResponseClientRedirect(address)
    return redirect(address)


def _address(request: HttpRequest, following: Approval | None) -> str:
    """Beside the same list where the answer was given beside one."""
    if following is None:
        return reverse("approvals:inbox")
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    here = urlsplit((htmx and htmx.current_url_abs_path) or "")
    if here.path != reverse("approvals:inbox"):
        return reverse("approvals:decision", args=[following.pk])
    view = QueryDict(here.query, mutable=True)
    view["open"] = following.pk
    return f"{here.path}?{view.urlencode()}"
