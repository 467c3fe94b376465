"""The tables of the rules that stand beside an approval.

What people say to each other about it, who may not decide it because of an earlier
step, who acts for whom, and which accounts are machines with a person behind them.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from workflows import json_gate
from workflows.json_gate import JSONValue


class CommentKind(models.TextChoices):
    COMMENT = "comment"  # said in passing
    CHANGES = "changes-requested"  # sent back to whoever started the run
    ANSWER = "resubmitted"  # what the initiator said when it came back
    REASON = "reason"  # why somebody else is asked now
    QUESTION = "colleague-asked"  # to one colleague, before one decides


class ApprovalComment(models.Model):
    """One thing said about an approval. Append-only, as decisions are."""

    approval = models.ForeignKey(
        "approvals.Approval", on_delete=models.PROTECT, related_name="comments"
    )
    version = models.PositiveIntegerField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(
        max_length=20, choices=CommentKind.choices, default=CommentKind.COMMENT
    )
    addressee = models.ForeignKey(  # of a question
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    text = models.TextField()
    patch = models.TextField(default="[]")  # what the initiator changed with it
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.author}: {self.kind}"

    @property
    def patch_value(self) -> JSONValue:
        return json_gate.loads(self.patch)


class ApprovalExclusion(models.Model):
    """Somebody who may not decide, because they decided another step of the run."""

    approval = models.ForeignKey(
        "approvals.Approval",
        on_delete=models.CASCADE,
        related_name="exclusions",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    step_path = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="excluded_once", fields=["approval", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.step_path}"


class Delegation(models.Model):
    """Somebody stands in for somebody else for a time: when they are away, say.

    The delegate acts on behalf of the delegator. A chain ends after one: what was
    delegated to the delegator does not pass on.
    """

    delegator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="delegations",
        verbose_name=_("who is away"),
    )
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("who stands in"),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    workflow = models.CharField(
        _("workflow"),
        max_length=200,
        default="",
        blank=True,
        help_text=_("Leave empty for every workflow."),
    )
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        ordering = ["-ends_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_it_starts",
                condition=Q(ends_at__gte=F("starts_at")),
            ),
            models.CheckConstraint(
                name="delegation_to_somebody_else",
                condition=~Q(delegator=F("delegate")),
            ),
        ]
        indexes = [
            models.Index(name="delegation_of_delegate", fields=["delegate", "ends_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.delegator} → {self.delegate}"


class ServiceAccount(models.Model):
    """An account that a program uses; what it does counts as its owner's doing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="service_account",
        verbose_name=_("account"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="service_accounts",
        verbose_name=_("owner"),
        help_text=_("The person who may not decide what this account started."),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="service_account_has_an_owner", condition=~Q(user=F("owner"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.owner})"
