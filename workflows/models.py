"""The engine's tables: runs with their journals, and schedules.

Only ``store`` writes them (``schedules`` those of schedules). The journal (``Event``)
is the truth; ``Run`` and ``Suspension`` are projections written in the same
transaction, ``Snapshot`` is a fold that can be made again. Values are canonical JSON in
text columns: ``jsonb`` would reorder keys and rewrite numbers, and a digest would then
depend on the database.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from workflows import json_gate
from workflows.json_gate import JSONObject, JSONValue
from workflows.statuses import RunStatus, ScheduleStatus, SuspensionStatus


def _value(text: str) -> JSONValue:
    return json_gate.loads(text) if text else None


def _object(text: str) -> JSONObject:
    value = _value(text)
    return value if isinstance(value, dict) else {}


class Run(models.Model):
    """One execution of a workflow; everything but the id is a projection."""

    id = models.CharField(primary_key=True, max_length=128)
    workflow = models.CharField(max_length=200)
    version = models.CharField(max_length=50)
    fingerprint = models.CharField(max_length=64)
    status = models.CharField(
        max_length=10, choices=RunStatus.choices, default=RunStatus.PENDING
    )
    input = models.TextField(default="", blank=True)
    result = models.TextField(default="", blank=True)
    error = models.TextField(default="", blank=True)
    resource_id = models.CharField(max_length=200, default="", blank=True)
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="forks"
    )
    head = models.PositiveIntegerField(default=0)
    generation = models.PositiveIntegerField(default=0)
    snapshot_seq = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=200, default="", blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    claim_seq = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    attention = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="run_status_known", condition=Q(status__in=RunStatus.values)
            ),
            models.CheckConstraint(
                name="run_leased_until",
                condition=Q(lease_owner="") | Q(lease_expires_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="run_due", fields=["due_at"], condition=Q(due_at__isnull=False)
            ),
            models.Index(
                name="run_leased",
                fields=["lease_expires_at"],
                condition=~Q(lease_owner=""),
            ),
            models.Index(name="run_list", fields=["-created_at", "-id"]),
            models.Index(name="run_by_workflow", fields=["workflow", "-created_at"]),
            models.Index(name="run_by_status", fields=["status", "-created_at"]),
            models.Index(
                name="run_by_resource",
                fields=["resource_id", "-created_at"],
                condition=~Q(resource_id=""),
            ),
            models.Index(
                name="run_attention",
                fields=["-created_at"],
                condition=~Q(attention=""),
            ),
        ]
        permissions = [
            ("start_run", "Can start a workflow"),
            ("operate_run", "Can cancel, restart and time travel any run"),
            ("resume_run", "Can resume a step past its approval"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"

    @property
    def input_value(self) -> JSONValue:
        return _value(self.input)

    @property
    def result_value(self) -> JSONValue:
        return _value(self.result)

    @property
    def error_value(self) -> JSONObject:
        return _object(self.error)


class Event(models.Model):
    """One numbered row of a run's journal; never edited."""

    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    path = models.TextField(default="", blank=True)
    foreach_index = models.PositiveIntegerField(null=True, blank=True)
    data = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["run", "seq"]
        constraints = [
            models.UniqueConstraint(name="one_event_per_number", fields=["run", "seq"])
        ]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.seq} {self.type}"

    @property
    def payload(self) -> JSONObject:
        return _object(self.data)


class Snapshot(models.Model):
    """The folded journal up to ``seq``; loading starts from the latest one."""

    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="snapshots", db_index=False
    )
    seq = models.PositiveIntegerField()
    state = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["run", "seq"]
        constraints = [
            models.UniqueConstraint(name="one_snapshot_per_seq", fields=["run", "seq"])
        ]

    def __str__(self) -> str:
        return f"{self.run_id} up to {self.seq}"

    @property
    def state_value(self) -> JSONObject:
        return _object(self.state)


class Suspension(models.Model):
    """One step visit that waits for an answer; the row people answer."""

    id = models.CharField(primary_key=True, max_length=36)
    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, related_name="suspensions", db_index=False
    )
    path = models.TextField()
    step_path = models.TextField()
    foreach_index = models.PositiveIntegerField(null=True, blank=True)
    labels = models.TextField(default="[]")
    payload = models.TextField(default="null")
    answer_schema = models.TextField(default="{}")
    digest = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=SuspensionStatus.choices, default=SuspensionStatus.OPEN
    )
    metadata = models.TextField(default="{}")
    opened_seq = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    closed_seq = models.PositiveIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_suspension_per_visit", fields=["run", "opened_seq"]
            ),
            models.CheckConstraint(
                name="suspension_status_known",
                condition=Q(status__in=SuspensionStatus.values),
            ),
            models.CheckConstraint(
                name="closed_suspension_has_time",
                condition=Q(status=SuspensionStatus.OPEN) | Q(closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="suspension_of_run", fields=["run", "status"]),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.path}"

    @property
    def payload_value(self) -> JSONValue:
        return _value(self.payload)

    @property
    def labels_value(self) -> JSONValue:
        return _value(self.labels)

    @property
    def answer_schema_value(self) -> JSONObject:
        return _object(self.answer_schema)

    @property
    def metadata_value(self) -> JSONObject:
        return _object(self.metadata)


class Schedule(models.Model):
    """When a workflow starts by itself; ``next_fire_at`` is the guard of a tick."""

    id = models.CharField(primary_key=True, max_length=400)
    workflow = models.CharField(max_length=200)
    status = models.CharField(
        max_length=10, choices=ScheduleStatus.choices, default=ScheduleStatus.ACTIVE
    )
    spec = models.TextField()
    next_fire_at = models.DateTimeField(null=True, blank=True)
    last_fire_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="schedule_status_known",
                condition=Q(status__in=ScheduleStatus.values),
            ),
            models.CheckConstraint(
                name="active_schedule_has_a_tick",
                condition=~Q(status=ScheduleStatus.ACTIVE)
                | Q(next_fire_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="schedule_due",
                fields=["next_fire_at"],
                condition=Q(status=ScheduleStatus.ACTIVE),
            )
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def spec_value(self) -> JSONObject:
        return _object(self.spec)


class ScheduleTrigger(models.Model):
    """One tick that fired: the run it made, or why it made none."""

    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.PROTECT,
        related_name="triggers",
        db_index=False,
    )
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    error = models.TextField(default="", blank=True)

    class Meta:
        ordering = ["-fired_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_trigger_per_tick", fields=["schedule", "due_at"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at}"
