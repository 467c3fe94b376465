"""Whether enough people can decide an approval; if not, operators are told at once.

Asked when it opens, when it is assigned, when votes differ or an edit changes the rule,
and when somebody leaves: a deactivated account, a membership that ended, a group or
account that is gone. What was sent back waits for its initiator, and for nobody once
that account is deactivated. Django tells of those through its signals; ``recheck``
makes up for what was changed past them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Case, Count, F, Model, Q, Value, When
from django.db.models.signals import m2m_changed, post_delete, post_save

from approvals import signals, stale_claims
from approvals.models import (
    Approval,
    ApprovalCandidate,
    ApprovalExclusion,
    ApprovalQuerySet,
    Decision,
    ServiceAccount,
)
from approvals.retrying import retried
from workflows.rows import execute

logger = logging.getLogger(__name__)


def understaffed(quorums: Mapping[str, int]) -> set[str]:
    """Which of these approvals can't be decided: too few may still vote to make the
    answer that leads meet the rule. Votes that were given stand."""
    people = dict(_eligible(quorums)) if quorums else {}
    leading = _leading([pk for pk, quorum in quorums.items() if quorum > 1])
    return {
        pk
        for pk, quorum in quorums.items()
        if leading.get(pk, 0) + people.get(pk, 0) < quorum
    }


def stranded(approvals: ApprovalQuerySet) -> set[str]:
    """Which of these were sent back to somebody who is gone: nobody asks them anew."""
    gone = approvals.filter(sent_back_at__isnull=False, initiator__is_active=False)
    return set(gone.values_list("pk", flat=True))


def recheck(approvals: ApprovalQuerySet) -> None:
    """Flag or unflag these open approvals by who could decide them now.

    Claims of people who could not are ended with it.
    """
    retried(partial(_recheck, approvals))


def _recheck(approvals: ApprovalQuerySet) -> None:
    with transaction.atomic():
        held = approvals.open().order_by("pk").select_for_update()
        approvals_now = list(held.only("pk", "quorum", "needs_assignment"))
        short = understaffed({each.pk: each.quorum for each in approvals_now})
        short |= stranded(Approval.objects.filter(pk__in=[a.pk for a in approvals_now]))
        wrong = {a.pk for a in approvals_now if a.needs_assignment != (a.pk in short)}
        for pk in wrong & short:
            logger.warning("nobody can decide", extra={"approval_id": pk})
        changed = Approval.objects.filter(pk__in=wrong)
        changed.update(needs_assignment=~F("needs_assignment"))
        for pk, run_id in changed.values_list("pk", "run_id"):
            signals.announce(pk, run_id)
        stale_claims.end(Approval.objects.filter(pk__in=[a.pk for a in approvals_now]))


def listen() -> None:
    """Hear of everybody who leaves or comes (call it in ``AppConfig.ready``)."""
    user = get_user_model()
    post_save.connect(_saved, sender=user, dispatch_uid=f"{__name__}.saved")
    m2m_changed.connect(
        _regrouped, sender=user.groups.through, dispatch_uid=f"{__name__}.regrouped"
    )
    for model in (user, Group):
        post_delete.connect(
            _gone, sender=model, dispatch_uid=f"{__name__}.{model.__name__}"
        )


def _eligible(approval_ids: Collection[str]) -> Iterable[tuple[str, int]]:
    """How many people could still vote on each; those with none are left out.

    Plain SQL: this is asked whenever a step asks, and the ORM takes 5 ms to say it.
    """
    marks = ", ".join(["%s"] * len(approval_ids))
    found: Iterable[tuple[str, int]] = execute(
        _statement().replace("{marks}", marks), list(approval_ids)
    ).fetchall()
    return found


def _leading(approval_ids: Collection[str]) -> dict[str, int]:
    """How many votes the answer with the most of them has, where there are any."""
    votes = Decision.objects.filter(
        approval__in=approval_ids, version=F("approval__version")
    )
    if not approval_ids:
        return {}
    alike = Case(When(rejection=True, then=Value("")), default=F("verdict"))
    counted = votes.order_by("approval").values("approval", alike=alike)
    leading: dict[str, int] = {}
    for row in counted.annotate(count=Count("pk")):
        leading[row["approval"]] = max(row["count"], leading.get(row["approval"], 0))
    return leading


@cache
def _statement() -> str:
    """People are counted, not accounts: a program is its owner."""
    user = get_user_model()
    tables: dict[str, type[Model]] = {
        "candidate": ApprovalCandidate,
        "approval": Approval,
        "membership": user.groups.through,
        "person": user,
        "machine": ServiceAccount,
        "excluded": ApprovalExclusion,
        "vote": Decision,
    }
    names = {name: model._meta.db_table for name, model in tables.items()}
    return COUNT.format(marks="{marks}", **names)


COUNT = """
SELECT c.approval_id, COUNT(DISTINCT COALESCE(s.owner_id, p.id))
FROM {candidate} c
JOIN {approval} a ON a.id = c.approval_id
LEFT JOIN {membership} m ON m.group_id = c.group_id
JOIN {person} p ON p.id = COALESCE(c.user_id, m.user_id) AND p.is_active
LEFT JOIN {machine} s ON s.user_id = p.id
LEFT JOIN {person} o ON o.id = s.owner_id
WHERE c.approval_id IN ({marks}) AND (o.id IS NULL OR o.is_active)
AND NOT EXISTS (
    SELECT 1 FROM {excluded} x LEFT JOIN {machine} xs ON xs.user_id = x.user_id
    WHERE x.approval_id = a.id
    AND COALESCE(xs.owner_id, x.user_id) = COALESCE(s.owner_id, p.id))
AND NOT EXISTS (
    SELECT 1 FROM {vote} v
    LEFT JOIN {machine} vs ON vs.user_id = v.decided_by_id
    LEFT JOIN {machine} bs ON bs.user_id = v.on_behalf_of_id
    WHERE v.approval_id = a.id AND v.version = a.version
    AND COALESCE(s.owner_id, p.id) IN (
        COALESCE(vs.owner_id, v.decided_by_id),
        COALESCE(bs.owner_id, v.on_behalf_of_id)))
AND (NOT a.exclude_initiator OR a.initiator_id IS NULL
    OR COALESCE(s.owner_id, p.id) <> COALESCE(
        (SELECT i.owner_id FROM {machine} i WHERE i.user_id = a.initiator_id),
        a.initiator_id))
GROUP BY c.approval_id
"""


def _saved(instance: Any, created: bool, **options: Any) -> None:
    """An account was changed: only one that is shut can leave a gap."""
    fields = options.get("update_fields")
    if created or (fields is not None and "is_active" not in fields):
        return
    groups = instance.groups.values("pk")
    named = Q(candidates__user=instance) | Q(candidates__group__in=groups)
    programs = instance.service_accounts.values("user")
    named |= Q(candidates__user__in=programs)
    named |= Q(candidates__group__user__in=programs)
    started = Q(initiator=instance, sent_back_at__isnull=False)
    _recheck_later(named | started, flagged=instance.is_active)


def _regrouped(action: str, instance: Any, pk_set: Any, **options: Any) -> None:
    """Memberships came or went; told from either end of the relation."""
    if action not in ("post_add", "post_remove", "post_clear"):
        return
    groups = {instance.pk} if options["reverse"] else pk_set
    named = Q() if groups is None else Q(candidates__group__in=groups)
    _recheck_later(named, flagged=action == "post_add")


def _gone(**options: Any) -> None:
    _recheck_later(Q(), flagged=False)


def _recheck_later(which: Q, *, flagged: bool) -> None:
    """After the commit: a lock on approvals while the account is locked could make
    a decision and this wait for each other."""
    named = Approval.objects.open().filter(which, needs_assignment=flagged).values("pk")
    these = Approval.objects.filter(pk__in=named)
    # No partial: Django asks a hook that failed for its name, and a partial has none.
    transaction.on_commit(lambda: recheck(these), robust=True)
