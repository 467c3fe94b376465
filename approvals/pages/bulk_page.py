"""Several requests answered together: who may what, and how each one went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from approvals import inbox, shown
from approvals.models import Approval
from approvals.pages import wording
from approvals.pages.forms import answer_form
from approvals.persons import person_of
from approvals.policies import eligibility
from approvals.proposals import proposed_by
from approvals.schema_forms.verdict import needed_for
from approvals.verdicts import comment_field, properties, resolved
from approvals.visible_text import is_blank
from workflows.json_gate import JSONObject, JSONValue

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from approvals.schema_forms.verdict import VerdictChoice

MOST = 100  # requests answered together


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of the requests, and what stands in the way of answering it with others."""

    approval: Approval
    reasons: tuple[str, ...]
    choices: tuple[VerdictChoice, ...] = ()
    answers_for: str = ""  # in whose name, in one sentence
    answered: bool = False  # by the reader, who may be sending it once more
    keeps_reason: bool = False  # for the reader may come to answer it by itself
    takes_reason: bool = True  # in the answer; elsewhere it becomes a comment
    needs_reason: bool = False  # whatever the outcome

    @property
    def allowed(self) -> bool:
        return not self.reasons

    @property
    def digest(self) -> str:
        return self.approval.digest

    def offers(self, verdict: str) -> bool:
        """Whether it can be answered here, and like this."""
        return self.allowed and verdict in {each.verdict for each in self.choices}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What stands in the way of one request, and of how many more."""

    words: str
    first: Approval
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPage:
    """The requests somebody ticked, and the outcomes that all of them offer."""

    items: tuple[Item, ...]

    @property
    def allowed(self) -> list[Item]:
        return [item for item in self.items if item.allowed]

    @property
    def refused(self) -> list[Item]:
        return [item for item in self.items if not item.allowed]

    @property
    def reasons(self) -> list[Reason]:
        """Why some may not be decided here, each reason once."""
        found: dict[str, list[Approval]] = {}
        for item in self.refused:
            found.setdefault(" ".join(item.reasons), []).append(item.approval)
        return [
            Reason(words=words, first=those[0], more=len(those) - 1)
            for words, those in found.items()
        ]

    @property
    def choices(self) -> list[VerdictChoice]:
        """What every request that may be answered can be answered with."""
        offered = [item.choices for item in self.allowed]
        if not offered:
            return []
        common = set.intersection(*({c.verdict for c in each} for each in offered))
        return [choice for choice in offered[0] if choice.verdict in common]

    @property
    def kinds(self) -> list[list[Item]]:
        """What may be answered, those with the same outcomes together."""
        found: dict[frozenset[str], list[Item]] = {}
        for item in self.allowed:
            found.setdefault(frozenset(c.verdict for c in item.choices), []).append(
                item
            )
        return list(found.values())

    @property
    def asks_why(self) -> bool:
        """Whether some of them can't be rejected without a reason."""
        return any(item.approval.require_comment_on_reject for item in self.allowed)

    @property
    def needs_reason(self) -> bool:
        """Whether some of them can't be answered without a reason."""
        return any(item.needs_reason for item in self.allowed)

    @property
    def comments(self) -> int:
        """Of how many the reason becomes a comment."""
        return sum(not item.takes_reason for item in self.allowed)

    @property
    def reason_mark(self) -> str:
        """Which outcomes want a reason, beside its label."""
        if self.needs_reason:
            return ""
        return (self.asks_why and needed_for(self.choices)) or _("(optional)")

    def lacks_reason(self, verdict: str, reason: str) -> bool:
        """Whether this outcome wants a reason and gets none."""
        rejects = {each.verdict for each in self.choices if each.is_rejection}
        wants = self.needs_reason or (self.asks_why and verdict in rejects)
        return wants and is_blank(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Those of a batch that wait to go ahead, and how long the first one does."""

    approvals: tuple[Approval, ...]
    seconds: int


def build(user: User, ids: Sequence[str]) -> BulkPage:
    """What this person may do with each of the requests they may see."""
    keys = chosen(ids)
    found = inbox.visible_to(user).filter(pk__in=keys)
    whole = found.select_related("suspension__run", "run").with_people()
    by_key = {approval.pk: approval for approval in whole}
    person = person_of(user)
    items = []
    for key in keys:
        if approval := by_key.get(key):
            may = eligibility(user, approval, person=person)
            reasons = () if may.may_decide else may.reasons
            item, answered = _item(approval, tuple(reasons)), _answered(approval, user)
            given = replace(
                item,
                answers_for=wording.answers_for(may) if item.allowed else "",
                answered=answered,
                keeps_reason=approval.is_open and may.would_decide and not answered,
            )
            items.append(given)
    return BulkPage(items=tuple(items))


def chosen(ids: Sequence[str]) -> list[str]:
    """The ids that somebody ticked, each once."""
    return [key for key in dict.fromkeys(ids) if "\0" not in key]


def too_many(ids: Sequence[str]) -> str:
    """That nothing is done with so many at once; empty when they are not too many."""
    count = len(chosen(ids))
    if count <= MOST:
        return ""
    words = _("At most %(most)s requests at once; you selected %(count)s.")
    return words % {"most": MOST, "count": count}


def undo_of(decided: Sequence[Approval]) -> Undo | None:
    """What of a batch can still be taken back; ``None`` if nothing can."""
    reserved = [approval for approval in decided if approval.release_at]
    if not reserved:
        return None
    first = min(approval.release_at for approval in reserved if approval.release_at)
    left = (first - timezone.now()).total_seconds()
    return Undo(approvals=tuple(reserved), seconds=max(0, round(left)))


def answer_for(approval: Approval, choice: VerdictChoice, reason: str) -> JSONObject:
    """The answer that says this outcome and, where there is a field, this reason.

    What the page's form would propose is answered as the untouched form would.
    """
    schema = shown.installed_schema(approval.suspension) or {}
    form = answer_form(approval)
    answer: JSONObject = {**(proposed_by(approval, schema) or {})}
    if form is not None and form.verdict.field:
        answer[form.verdict.field] = choice.value
    comment = comment_field(schema)
    if comment and reason:
        answer[comment] = reason
    return answer


def begun_with(
    approval: Approval, reason: str, begun: QueryDict | None
) -> QueryDict | None:
    """What the reader had begun to answer, else an empty form, with this reason in it.

    ``None`` where the form has no field for it.
    """
    form = answer_form(approval)
    comment = comment_field(shown.installed_schema(approval.suspension) or {})
    if form is None or comment is None:
        return None
    typed = form.posted() if begun is None else begun.copy()
    said = typed.get(form.name_of(comment), "")
    if reason not in said:
        typed[form.name_of(comment)] = f"{said}\n{reason}" if said.strip() else reason
    return typed


def _answered(approval: Approval, user: User) -> bool:
    if approval.is_reserved:
        return bool(approval.reservation.decided_by_id == user.pk)
    votes = [v for v in approval.decisions.all() if v.version == approval.version]
    return any(vote.decided_by_id == user.pk for vote in votes)


def _item(approval: Approval, reasons: tuple[str, ...]) -> Item:
    form = answer_form(approval)
    if reasons:
        return Item(approval=approval, reasons=reasons)
    if form is None:
        words = _("The step that asked this is no longer installed.")
        return Item(approval=approval, reasons=(words,))
    schema = shown.installed_schema(approval.suspension) or {}
    comment, required = comment_field(schema), _required(schema)
    is_object = bool(properties(schema)) or not schema
    if not is_object or required - {form.verdict.field, comment}:
        words = _("Its form asks for more than an outcome and a reason.")
        return Item(approval=approval, reasons=(words,))
    return Item(
        approval=approval,
        reasons=(),
        choices=form.verdict.choices,
        takes_reason=comment is not None,
        needs_reason=comment in required and _may_not_be_empty(comment, schema),
    )


def _required(schema: JSONObject) -> set[JSONValue]:
    required = resolved(schema, schema).get("required")
    return set(required) if isinstance(required, list) else set()


def _may_not_be_empty(field: str | None, schema: JSONObject) -> bool:
    described = resolved(properties(schema).get(field or ""), schema)
    return bool(described.get("minLength")) or "pattern" in described
