"""Template tags of the pages: icons, times, badges and text that cannot deceive."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from approvals import badges, inbox, readable
from approvals.badges import Badge
from approvals.elapsed import duration_words, relative_words
from approvals.pages.wording import ADVANCED, SAID
from approvals.questions import in_words
from approvals.verdicts import usual
from approvals.views.requests import advances as advances_in
from approvals.views.requests import written_in
from approvals.visible_text import Piece, is_plain, parts, pieces, plain

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.contrib.messages.storage.base import Message

register = template.Library()

SECTIONS = {
    "inbox": "inbox",
    "decision": "inbox",
    "runs": "runs",
    "run": "runs",
    "workflows": "workflows",
    "start": "workflows",
}


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 18) -> SafeString:
    """A decorative line icon; the word beside it carries the meaning."""
    return SafeString(
        lucide(name, size=size, **{"class": "icon", "aria_hidden": "true"})
    )


@register.simple_tag
def when(moment: datetime | None, *, quiet: bool = False) -> str:
    """A time in relative words; the exact one, with its zone, on focus and hover."""
    if moment is None:
        return ""
    exact = exact_words(moment)
    words = relative_words(moment, now=timezone.now())
    if quiet:
        return format_html(
            '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, words
        )
    return format_html(
        '<time class="when" tabindex="0" datetime="{}" data-exact="{}">{}'
        '<span class="visually-hidden"> ({})</span></time>',
        moment.isoformat(),
        exact,
        words,
        exact,
    )


@register.filter
def exact_words(moment: datetime) -> str:
    """The exact local time with its zone: "20 November 2026 14:05 UTC"."""
    local = timezone.localtime(moment)
    day = formats.date_format(local, "DATETIME_FORMAT")
    return f"{day} {local.tzname()}"


@register.simple_tag
def clock_format() -> str:
    """How times of day are written here, for what a script writes: "H:i"."""
    return str(formats.get_format("TIME_FORMAT"))


@register.filter
def to_the_second(moment: datetime) -> str:
    """A time of today, with its zone: "14:05:09 UTC"; of another day with that, too."""
    local, now = timezone.localtime(moment), timezone.localtime()
    clock = f"{local:%H:%M:%S} {local.tzname()}"
    if local.date() == now.date():
        return clock
    return f"{formats.date_format(local, 'DATE_FORMAT')} {clock}"


@register.filter
def is_past(moment: datetime | None) -> bool:
    """Whether this moment is over; nothing is never over."""
    return moment is not None and moment <= timezone.now()


@register.filter
def lasted(span: tuple[datetime | None, datetime | None]) -> str:
    """How long something took, in words; empty while it has not started."""
    began, ended = span
    if began is None:
        return ""
    return duration_words((ended or timezone.now()) - began)


@register.inclusion_tag("approvals/_badge.html")
def run_badge(status: str) -> dict[str, Badge]:
    """The status of a run as icon, word and tone."""
    return {"badge": badges.RUN.get(status, badges.UNKNOWN)}


@register.inclusion_tag("approvals/_badge.html")
def step_badge(status: str) -> dict[str, Badge]:
    """The status of a step as icon, word and tone."""
    return {"badge": badges.STEP.get(status, badges.UNKNOWN)}


@register.inclusion_tag("approvals/_badge.html")
def approval_badge(
    status: str,
    outcome: str = "",
    sent_back_at: datetime | None = None,
    release_at: datetime | None = None,
) -> dict[str, Badge]:
    """The status of an approval, where it waits; once decided, its outcome."""
    if status == "open" and (sent_back_at or release_at):
        status = "sent-back" if sent_back_at else "reserved"
    table = badges.VERDICT if status == "decided" and outcome else badges.APPROVAL
    key = usual(outcome) if table is badges.VERDICT else status
    return {"badge": table.get(key) or _custom(outcome)}


def _custom(outcome: str) -> Badge:
    words = _("Answered: %(outcome)s") % {"outcome": in_words(outcome)}
    return Badge("send", words if outcome else _("Unknown"), "good")


@register.inclusion_tag("approvals/_badge.html")
def verdict_badge(verdict: str) -> dict[str, Badge]:
    """What one person answered."""
    return {"badge": badges.VERDICT.get(usual(verdict)) or _custom(verdict)}


@register.inclusion_tag("approvals/_badge.html")
def priority_badge(priority: str) -> dict[str, Badge | None]:
    """A mark for every priority but the normal one."""
    return {"badge": badges.PRIORITY.get(priority)}


@register.filter
def initials(name: str) -> str:
    """Two letters that stand for a person."""
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.simple_tag
def text(value: object) -> SafeString:
    """Text from elsewhere, escaped, with nothing in it hidden or out of its order."""
    if is_plain(plain := str(value)):
        return format_html("<bdi>{}</bdi>", _breakable(plain))
    shown = ((_shown(piece),) for piece in pieces(plain))
    return format_html("<bdi>{}</bdi>", format_html_join("", "{}", shown))


def _breakable(text: str) -> SafeString:
    """With places to break a line in what has none: browsers look for them long."""
    return format_html_join(SafeString("<wbr>"), "{}", ((p,) for p in parts(text)))


@register.filter
def plain_text(value: object) -> str:
    """Text from elsewhere where there is no markup, with nothing in it hidden."""
    return plain(str(value))


@register.simple_tag
def fact(entry: Sequence[str]) -> SafeString:
    """The value of a key fact, as this reader writes numbers and days."""
    value, kind = entry[1], entry[2] if len(entry) > 2 else ""
    return text(readable.fact(value, kind))


@register.filter
def words(name: str) -> str:
    """A workflow or a step as people call it: "Manager approval"."""
    return in_words(name.rpartition(".")[2])


def _shown(piece: Piece) -> str:
    if piece.hidden:
        tag = '<span class="hidden-char" title="{}">{}</span>'
        return format_html(tag, piece.name, piece.text)
    shown = _breakable(piece.text)
    return format_html("<bdi>{}</bdi>", shown) if piece.isolated else shown


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The look this browser asked for: "light", "dark", or "" for the system's."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in ("light", "dark") else ""


@register.simple_tag(takes_context=True)
def density(context: template.Context) -> str:
    """How close the rows of lists stand in this browser: "compact", or ""."""
    request = context.get("request")
    chosen = request.COOKIES.get("density", "") if request else ""
    return "compact" if chosen == "compact" else ""


@register.simple_tag(takes_context=True)
def shortcuts(context: template.Context) -> bool:
    """Whether single keys do something in this browser."""
    request = context.get("request")
    return not request or request.COOKIES.get("shortcuts", "") != "off"


@register.simple_tag(takes_context=True)
def advances(context: template.Context) -> bool:
    """Whether each answer leads to the next request in this browser."""
    request = context.get("request")
    return request is not None and advances_in(request)


@register.simple_tag(takes_context=True)
def section(context: template.Context) -> str:
    """Which part of the product this page belongs to."""
    match = getattr(context.get("request"), "resolver_match", None)
    return SECTIONS.get(match.url_name or "", "") if match else ""


@register.inclusion_tag("_written.html", takes_context=True)
def written(context: template.Context) -> dict[str, list[str]]:
    """What the reader wrote into the form that this page answers, to be copied."""
    request = context.get("request")
    return {"texts": written_in(request) if request else []}


@register.filter
def just_said(messages: "Iterable[Message]") -> str:
    """What the reader answered a moment ago; empty when that is some time ago."""
    return next((str(each) for each in messages if each.extra_tags == SAID), "")


@register.filter
def just_advanced(messages: "Iterable[Message]") -> bool:
    """Whether the answer to another request led here a moment ago."""
    return any(each.extra_tags == ADVANCED for each in messages)


@register.filter
def person(user: "User | None") -> str:
    """How a person is called."""
    return inbox.name_of(user)
