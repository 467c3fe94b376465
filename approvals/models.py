"""The inbox's tables: what people are asked, what they answered, and the audit chain.

An approval opens and closes in the transaction that opens and closes its suspension.
Decisions, comments and audit rows are append-only; triggers in the database refuse
anything else (``triggers``). ``tests/architecture/test_writers.py`` lists who writes.
"""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.urls import get_script_prefix

from approvals import shown
from approvals.audit_models import AuditHead, AuditRow
from approvals.desk_models import Look, SavedView, Snooze
from approvals.draft_models import Draft as Draft
from approvals.file_models import StoredFile
from approvals.rule_models import (
    ApprovalComment,
    ApprovalExclusion,
    Delegation,
    ServiceAccount,
)
from approvals.statuses import ApprovalStatus, Channel, Priority, RejectRule
from approvals.timing_models import Reservation, Timed
from approvals.verdicts import Verdict, comment_field
from approvals.visible_text import plain
from workflows import json_gate
from workflows.json_gate import JSONValue
from workflows.models import Run, Suspension

__all__ = [
    "Approval",
    "ApprovalCandidate",
    "ApprovalComment",
    "ApprovalExclusion",
    "ApprovalQuerySet",
    "AuditHead",
    "AuditRow",
    "Decision",
    "Delegation",
    "Look",
    "Reservation",
    "SavedView",
    "ServiceAccount",
    "Snooze",
    "StoredFile",
]

# What "most urgent first" means, everywhere: overdue and soonest due, then by
# priority, then the oldest. The index "approval_inbox" serves exactly this order;
# "NULLS LAST" would have none on SQLite.
HAS_NO_DEADLINE = ExpressionWrapper(
    Q(due_at__isnull=True), output_field=models.BooleanField()
)
MOST_URGENT_FIRST = (
    HAS_NO_DEADLINE.asc(),
    "due_at",
    "priority_rank",
    "created_at",
    "id",
)


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def open(self) -> ApprovalQuerySet:
        return self.filter(status=ApprovalStatus.OPEN)

    def most_urgent_first(self) -> ApprovalQuerySet:
        return self.order_by(*MOST_URGENT_FIRST)

    def with_people(self) -> ApprovalQuerySet:
        """Load what a row shows and what ``eligibility`` asks, in constant queries."""
        return self.select_related(
            "initiator", "closed_by", "claimed_by"
        ).prefetch_related("candidates", "decisions__decided_by", "exclusions")


class Approval(Timed):
    """A question to people, opened by a suspended step."""

    id = models.CharField(primary_key=True, max_length=36)  # the suspension's id
    suspension = models.OneToOneField(
        Suspension, on_delete=models.PROTECT, related_name="approval"
    )
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="approvals")
    workflow = models.CharField(max_length=200)
    step_path = models.TextField()
    title = models.CharField(max_length=300)
    summary = models.TextField(default="[]")
    status = models.CharField(
        max_length=10, choices=ApprovalStatus.choices, default=ApprovalStatus.OPEN
    )
    version = models.PositiveIntegerField(default=1)
    priority = models.CharField(
        max_length=10, choices=Priority.choices, default=Priority.NORMAL
    )
    priority_rank = models.PositiveSmallIntegerField(default=2)
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    exclude_initiator = models.BooleanField(default=True)
    needs_assignment = models.BooleanField(default=False)
    quorum = models.PositiveIntegerField(default=1)
    reject = models.CharField(
        max_length=10, choices=RejectRule.choices, default=RejectRule.ANY
    )
    require_comment_on_reject = models.BooleanField(default=False)
    exclude_deciders_of = models.TextField(default="[]")  # steps of the same run
    editable = models.TextField(default="[]")  # fields of the proposal
    proposal = models.TextField(default="", blank=True)  # once it was edited
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    # Set while it lies with its initiator, who was asked for changes.
    sent_back_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    closed_channel = models.CharField(
        max_length=10, choices=Channel.choices, default="", blank=True
    )
    outcome = models.CharField(max_length=200, default="", blank=True)
    # Set while the run is being deleted: only then do the triggers let decisions go.
    purged = models.BooleanField(default=False, editable=False)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        permissions = [
            ("assign_approval", "Can assign and release any approval"),
            ("reveal_secret", "Can reveal the secret values of approvals"),
        ]
        constraints = [
            models.CheckConstraint(
                name="claim_has_time",
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_status_known",
                condition=Q(status__in=ApprovalStatus.values),
            ),
            models.CheckConstraint(
                name="closed_approval_has_time",
                condition=Q(status=ApprovalStatus.OPEN) | Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_quorum_positive", condition=Q(quorum__gte=1)
            ),
        ]
        indexes = [
            models.Index(
                HAS_NO_DEADLINE,
                "due_at",
                "priority_rank",
                "created_at",
                "id",
                name="approval_inbox",
                condition=Q(status=ApprovalStatus.OPEN),
            ),
            models.Index(name="approval_list", fields=["-created_at", "-id"]),
            models.Index(
                name="approval_timer",
                fields=["timer_at"],
                condition=Q(status=ApprovalStatus.OPEN, timer_at__isnull=False),
            ),
            models.Index(
                name="approval_unassigned",
                fields=["created_at"],
                condition=Q(status=ApprovalStatus.OPEN, needs_assignment=True),
            ),
        ]

    def __str__(self) -> str:
        return plain(self.title)

    def get_absolute_url(self) -> str:
        return f"{get_script_prefix()}approvals/{self.pk}/"

    @property
    def is_reserved(self) -> bool:
        """Whether an answer waits to go ahead and may still be taken back."""
        return self.is_open and self.release_at is not None

    @property
    def claimer(self) -> User | None:
        """Who has claimed it; a claim of who left binds nobody any more."""
        claimer = self.claimed_by
        return claimer if claimer and claimer.is_active else None

    @property
    def is_open(self) -> bool:
        return self.status == ApprovalStatus.OPEN

    @property
    def digest(self) -> str:
        """What an answer must name to be about the content as it is now."""
        return shown.current_digest(self.suspension, self.proposal)

    @property
    def payload_value(self) -> JSONValue:
        """What is asked about, as it was last edited."""
        if self.proposal:
            return json_gate.loads(self.proposal)
        return self.suspension.payload_value

    @property
    def votes(self) -> int:
        """How many have answered what is asked now; free once decisions are loaded."""
        return sum(vote.version == self.version for vote in self.decisions.all())

    @property
    def key_facts(self) -> list[list[str]]:
        """Label, value and perhaps kind of each key fact, as ``questions`` wrote it."""
        facts: list[list[str]] = json.loads(self.summary)
        return facts

    @property
    def excluded_steps(self) -> list[str]:
        """The steps of the run whose deciders may not decide this one."""
        steps: list[str] = json.loads(self.exclude_deciders_of)
        return steps

    @property
    def editable_fields(self) -> list[str]:
        """The fields of the proposal that a reviewer, or the initiator, may change."""
        fields: list[str] = json.loads(self.editable)
        return fields

    @property
    def summary_value(self) -> list[list[str]]:
        """Label and value of each key fact, as the payload holds it."""
        return [fact[:2] for fact in self.key_facts]


class SearchText(models.Model):
    """What a search finds an approval by; apart, because lists never read it."""

    approval = models.OneToOneField(
        Approval, primary_key=True, on_delete=models.CASCADE, related_name="search"
    )
    text = models.TextField()

    def __str__(self) -> str:
        return self.text[:80]


class ApprovalCandidate(models.Model):
    """A person or a group that may answer an approval; who that is, is asked anew.

    ``open`` follows the approval, so that a person's inbox is found by one index
    however much the group has answered over the years.
    """

    approval = models.ForeignKey(
        Approval,
        on_delete=models.CASCADE,
        related_name="candidates",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    group = models.ForeignKey(
        Group,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="candidate_is_user_or_group",
                condition=Q(user__isnull=True) ^ Q(group__isnull=True),
            ),
            models.UniqueConstraint(
                name="candidate_user_once", fields=["approval", "user"]
            ),
            models.UniqueConstraint(
                name="candidate_group_once", fields=["approval", "group"]
            ),
        ]
        indexes = [
            models.Index(name="candidate_of_user", fields=["user", "open", "approval"]),
            models.Index(
                name="candidate_of_group", fields=["group", "open", "approval"]
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.group)


class Decision(models.Model):
    """One person's answer. Append-only: the database refuses to change a row."""

    approval = models.ForeignKey(
        Approval,
        on_delete=models.PROTECT,
        related_name="decisions",
        db_index=False,
    )
    version = models.PositiveIntegerField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="decisions",
        db_index=False,
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    verdict = models.CharField(max_length=200)
    rejection = models.BooleanField()
    closing = models.BooleanField()  # the vote that met the rule
    answer = models.TextField()
    digest = models.CharField(max_length=64)  # of what the person was shown
    shown = models.TextField(default="", blank=True)  # that content, in words
    proposal = models.TextField(default="", blank=True)  # as approved, if editable
    patch = models.TextField(default="[]", blank=True)  # from what was proposed
    channel = models.CharField(max_length=10, choices=Channel.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_vote_per_person",
                fields=["approval", "version", "decided_by"],
            ),
            models.UniqueConstraint(
                name="one_closing_decision",
                fields=["approval"],
                condition=Q(closing=True),
            ),
        ]
        indexes = [
            models.Index(name="decision_by_person", fields=["decided_by", "-at"]),
        ]

    def __str__(self) -> str:
        return f"{self.decided_by}: {self.verdict}"

    @property
    def answer_value(self) -> JSONValue:
        return json_gate.loads(self.answer)

    @property
    def proposal_value(self) -> JSONValue:
        return json_gate.loads(self.proposal) if self.proposal else None

    @property
    def as_verdict(self) -> Verdict:
        return Verdict(value=self.verdict, rejection=self.rejection)

    @property
    def comment(self) -> str:
        """What the person said, if the answer has a field for it."""
        answer = self.answer_value
        field = comment_field(self.approval.suspension.answer_schema_value)
        value = answer.get(field) if isinstance(answer, dict) and field else None
        return value if isinstance(value, str) else ""
