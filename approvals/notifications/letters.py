"""The words of a mail: subject, text and HTML from templates that can be replaced.

Each is written in the language and the time zone of who reads it.

For the step ``manager`` of the workflow ``expense`` and the kind ``opened``, the first
of these that exists gives the text, and ``.html`` and ``.subject.txt`` likewise:

    notifications/expense/manager/opened.txt
    notifications/expense/manager/mail.txt
    notifications/expense/opened.txt
    notifications/expense/mail.txt
    notifications/opened.txt
    notifications/mail.txt
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.template import Context
from django.template.loader import select_template
from django.urls import reverse
from django.utils.translation import gettext as _

from approvals import inbox, readable
from approvals.models import Approval, Decision
from approvals.notifications import locales
from approvals.notifications.addresses import absolute
from approvals.notifications.inert import inert, one_line
from approvals.notifications.kinds import ASKING, Kind
from approvals.notifications.locales import Locale
from approvals.pages import standing, wording
from approvals.rule_models import ApprovalComment, CommentKind
from approvals.secrets import Cover, cover_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.notifications.models import Mail, Notice

SUBJECT, TEXT, HTML = "subject.txt", "txt", "html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail, written."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What one person answered, in words."""

    who: str
    words: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a mail says of one approval; nothing in it is a link but ``link``."""

    kind: str
    headline: str
    label: str
    title: str
    facts: Sequence[tuple[str, str]]
    requester: str
    approval: Approval
    votes: Sequence[Vote]
    asks: bool
    link: str
    why: str = ""  # what stands in the way of a run


def write(mail: Mail, *, link: str) -> Letter:
    """The mail about one approval."""
    with locales.reading(mail.recipient_id) as locale:
        item = _item(mail, link)
        names = _names(mail.notice.approval, mail.notice.kind)
        return _letter(names, {"item": item, **_common(mail.recipient, locale)})


def write_daily(mails: Sequence[Mail], links: Sequence[str]) -> Letter:
    """One mail about many approvals, to one person."""
    with locales.reading(mails[0].recipient_id) as locale:
        items = [_item(mail, link) for mail, link in zip(mails, links, strict=True)]
        context = {
            "asking": [item for item in items if item.asks],
            "telling": [item for item in items if not item.asks],
            "count": len({item.approval.pk for item in items}),
            "inbox": absolute(reverse("approvals:inbox")),
        }
        return _letter(["daily"], {**context, **_common(mails[0].recipient, locale)})


def _names(approval: Approval, kind: str) -> list[str]:
    places = [f"{approval.workflow}/{approval.step_path}/", f"{approval.workflow}/", ""]
    return [f"{place}{name}" for place in places for name in (kind, "mail")]


def _letter(names: Sequence[str], context: dict[str, Any]) -> Letter:
    return Letter(
        subject=one_line(_rendered(names, SUBJECT, context)),
        text=_rendered(names, TEXT, context).strip() + "\n",
        html=_rendered(names, HTML, context),
    )


def _rendered(names: Sequence[str], part: str, context: dict[str, Any]) -> str:
    """Only HTML is escaped, whatever the author of a template remembers to write."""
    found = select_template([f"notifications/{name}.{part}" for name in names])
    template = cast(Any, found).template
    return str(template.render(Context(context, autoescape=part == HTML)))


def _common(recipient: User, locale: Locale) -> dict[str, Any]:
    return {
        "reader": inert(inbox.name_of(recipient)),
        "preferences": absolute(reverse("approvals:preferences")),
        "language": locale.language,
    }


def _item(mail: Mail, link: str) -> Item:
    approval, kind = mail.notice.approval, Kind(mail.notice.kind)
    asks = kind in ASKING
    if mail.notice.is_of_lapse:
        return _lapsed(approval, link)
    return Item(
        kind=kind,
        headline=_headline(kind, approval, mail.recipient_id),
        label=_label(kind, approval),
        title=inert(approval.title),
        facts=[_fact(*entry) for entry in approval.key_facts],
        requester=inert(inbox.name_of(approval.initiator)),
        approval=approval,
        votes=_said(mail.notice),
        asks=asks,
        link=link,
        why=inert(standing.why_stuck(approval.run)) if kind == Kind.ATTENTION else "",
    )


def _lapsed(approval: Approval, link: str) -> Item:
    """No more of the request than its title: the reader may not see it any more."""
    return Item(
        kind=Kind.OUTCOME,
        headline=_("Your answer waited to go ahead and did not count any more."),
        label=_("Your answer did not count"),
        title=inert(approval.title),
        facts=[],
        requester="",
        approval=approval,
        votes=[],
        asks=False,
        link=link,
    )


def _fact(name: str, value: str, kind: str = "") -> tuple[str, str]:
    return inert(name), inert(readable.fact(value, kind))


def _headline(kind: Kind, approval: Approval, reader_id: int) -> str:
    """What happened, as a sentence."""
    match kind:
        case Kind.OPENED:
            return _("A request waits for your decision.")
        case Kind.ASSIGNED:
            return _("A request was given to you to decide.")
        case Kind.REMINDER:
            return _("A request still waits for your decision.")
        case Kind.ESCALATED:
            return _("An overdue request waits for your decision.")
        case Kind.CHANGES_REQUESTED:
            return _("Changes are asked of your request.")
        case Kind.QUESTION:
            return _("A colleague asks you about a request. Answer by a comment.")
        case Kind.ATTENTION:
            return _("The run behind a request can't go on.")
        case Kind.OUTCOME:
            return inert(wording.closed_words(approval, reader_id=reader_id))


def _label(kind: Kind, approval: Approval) -> str:
    """What happened, as the first words of a subject."""
    match kind:
        case Kind.OPENED | Kind.ASSIGNED:
            return _("Decision needed")
        case Kind.REMINDER:
            return _("Reminder")
        case Kind.ESCALATED:
            return _("Overdue")
        case Kind.CHANGES_REQUESTED:
            return _("Changes requested")
        case Kind.QUESTION:
            return _("Question")
        case Kind.ATTENTION:
            return _("Needs attention")
        case Kind.OUTCOME:
            return _outcome_label(approval)


def _outcome_label(approval: Approval) -> str:
    match approval.outcome or approval.status:
        case "expired":
            return _("Expired")
        case "canceled":
            return _("Canceled")
        case verdict:
            return wording.verdict_label(verdict)


def _said(notice: Notice) -> list[Vote]:
    kind, approval = notice.kind, notice.approval
    if kind == Kind.OUTCOME:
        cover = cover_of(approval)
        return [_vote(vote, cover) for vote in _votes(approval)]
    if kind == Kind.CHANGES_REQUESTED:
        wished = approval.comments.filter(kind=CommentKind.CHANGES)
        latest = wished.select_related("author").order_by("-at", "-id")[:1]
        words = _("asks for changes")
        return [_remark(comment, words, cover_of(approval)) for comment in latest]
    if kind == Kind.QUESTION:
        questions = approval.comments.filter(kind=CommentKind.QUESTION)
        this = questions.filter(
            author=notice.actor_id, addressee=notice.recipient_id, at=notice.at
        ).select_related("author")
        return [_remark(each, _("asks you"), cover_of(approval)) for each in this]
    return []


def _remark(comment: ApprovalComment, words: str, cover: Cover) -> Vote:
    return Vote(
        who=inert(inbox.name_of(comment.author)),
        words=words,
        comment=inert(cover.text(comment.text.strip())),
    )


def _votes(approval: Approval) -> Sequence[Decision]:
    given = approval.decisions.filter(version=approval.version)
    joined = ("decided_by", "on_behalf_of", "approval__suspension")
    return list(given.select_related(*joined))


def _vote(decision: Decision, cover: Cover) -> Vote:
    words = wording.verdict_words(decision.verdict)
    name = inbox.name_of(decision.on_behalf_of)
    return Vote(
        who=inert(inbox.name_of(decision.decided_by)),
        words=inert(wording.standing_in(words, name)),
        comment=inert(cover.text(decision.comment.strip())),
    )
