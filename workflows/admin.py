"""Runs in the Django admin: evidence to read, and two actions on it.

Nothing here is edited. The actions go through the same calls as pages and REST, and
only by who may operate runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from workflows import api, confirming, schedules
from workflows.confirming import ReasonForm
from workflows.errors import WorkflowError
from workflows.evidence import Evidence, link, pretty, readable
from workflows.json_gate import JSONObject
from workflows.models import (
    Event,
    Run,
    Schedule,
    ScheduleTrigger,
    Snapshot,
    Suspension,
)
from workflows.run import Run as Handle
from workflows.run_masking import (
    RunMask,
    input_without_secrets,
    mask_of,
    stored_facts,
)
from workflows.statuses import TERMINAL_RUN

if TYPE_CHECKING:
    EventAdminBase = admin.ModelAdmin[Event]
    EventInlineBase = admin.TabularInline[Event, Run]
    RunAdminBase = admin.ModelAdmin[Run]
    ScheduleAdminBase = admin.ModelAdmin[Schedule]
    TriggerInlineBase = admin.TabularInline[ScheduleTrigger, Schedule]
    SnapshotAdminBase = admin.ModelAdmin[Snapshot]
    SuspensionAdminBase = admin.ModelAdmin[Suspension]
    SuspensionInlineBase = admin.TabularInline[Suspension, Run]
else:
    EventAdminBase = RunAdminBase = admin.ModelAdmin
    SnapshotAdminBase = SuspensionAdminBase = admin.ModelAdmin
    ScheduleAdminBase = admin.ModelAdmin
    EventInlineBase = SuspensionInlineBase = TriggerInlineBase = admin.TabularInline


def _mask(run: Run) -> RunMask:
    """What hides the run's secrets; read once for a page, and kept with its row."""
    kept: RunMask | None = vars(run).get("_mask")
    if kept is None:
        kept = vars(run)["_mask"] = mask_of(run)
    return kept


def _facts(event: Event, run: Run) -> SafeString:
    return readable(stored_facts(_mask(run), event.path, event.data, event.type))


class EventsOfRun(Evidence, EventInlineBase):
    model = Event
    fields = ("seq", "type", "path", "foreach_index", "at", "shown")
    readonly_fields = ("shown",)
    ordering = ("seq",)
    show_change_link = True
    max_num = 200

    @admin.display(description=_("data"))
    def shown(self, event: Event) -> SafeString:
        return _facts(event, self._run or event.run)

    def get_formset(
        self, request: HttpRequest, obj: Run | None = None, **options: Any
    ) -> Any:
        self._run = obj  # each page has an inline of its own
        return super().get_formset(request, obj, **options)


class SuspensionsOfRun(Evidence, SuspensionInlineBase):
    model = Suspension
    fields = ("id", "path", "foreach_index", "status", "opened_at", "closed_at")
    show_change_link = True


class NeedsAttention(admin.SimpleListFilter):
    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.exclude(attention="")
        return queryset.filter(attention="") if self.value() == "no" else queryset


@admin.register(Run)
class RunAdmin(Evidence, RunAdminBase):
    list_display = (
        "id",
        "workflow",
        "status",
        "attention",
        "initiator",
        "created_at",
        "updated_at",
        "page",
    )
    list_filter = ("status", NeedsAttention, "workflow", "created_at")
    list_select_related = ("initiator",)
    search_fields = ("id", "resource_id", "workflow")
    search_help_text = _("Run id, resource or workflow")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ("cancel", "restart")
    inlines = (SuspensionsOfRun, EventsOfRun)
    exclude = ("input", "result", "error")
    readonly_fields = (
        "page",
        "events_list",
        "snapshots_list",
        "input_shown",
        "result_shown",
        "error_shown",
    )

    @admin.display(description=_("page"))
    def page(self, run: Run) -> SafeString:
        return link("approvals:run", str(_("Open")), run.pk)

    @admin.display(description=_("events"))
    def events_list(self, run: Run) -> SafeString:
        return self._listed("event", run, f"{run.head}")

    @admin.display(description=_("snapshots"))
    def snapshots_list(self, run: Run) -> SafeString:
        return self._listed("snapshot", run, str(_("Show")))

    @staticmethod
    def _listed(model: str, run: Run, label: str) -> SafeString:
        url = reverse(f"admin:workflows_{model}_changelist")
        return format_html('<a href="{}?run__id__exact={}">{}</a>', url, run.pk, label)

    @admin.display(description=_("input"))
    def input_shown(self, run: Run) -> SafeString:
        return readable(_mask(run).value(run.input_value, name="input"))

    @admin.display(description=_("result"))
    def result_shown(self, run: Run) -> SafeString:
        return readable(_mask(run).value(run.result_value, name="result"))

    @admin.display(description=_("error"))
    def error_shown(self, run: Run) -> SafeString:
        error: JSONObject = {"error": run.error_value} if run.error else {}
        return readable(_mask(run).facts((), error).get("error"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may use the actions; the name is Django's for ``permissions=``."""
        return request.user.has_perm("workflows.operate_run")

    @admin.action(description=_("Cancel selected runs"), permissions=["operate"])
    def cancel(self, request: HttpRequest, runs: QuerySet[Run]) -> HttpResponse | None:
        """What the runs ask people is withdrawn; the reason stands in their journal."""
        active = runs.exclude(status__in=TERMINAL_RUN)
        form, typed = confirming.given(request, ReasonForm)
        if typed is None:
            words = _("They end now; what they ask people is withdrawn.")
            return confirming.ask(self, request, list(active), form, words)
        by = {"user": request.user.pk, "channel": "admin", **typed}
        self._each(request, active, lambda run: run.cancel(by=by), _("canceled"))
        return None

    @admin.action(description=_("Restart selected runs"), permissions=["operate"])
    def restart(self, request: HttpRequest, runs: QuerySet[Run]) -> HttpResponse | None:
        """The reason stands in the journal, as for a cancel."""
        form, typed = confirming.given(request, ReasonForm)
        if typed is None:
            words = _("They go on after their last recorded step.")
            return confirming.ask(self, request, list(runs), form, words)
        by = {"user": request.user.pk, "channel": "admin", **typed}
        self._each(
            request, runs, lambda run: run.restart(by=by, wait=False), _("restarted")
        )
        return None

    def _each(
        self,
        request: HttpRequest,
        runs: QuerySet[Run],
        act: Callable[[Handle], object],
        word: Any,
    ) -> None:
        """Act on one run after the other, and say of each how it went."""
        for run_id in runs.values_list("pk", flat=True):
            try:
                act(api.get_run(run_id))
            except WorkflowError as error:
                self.message_user(request, f"{run_id}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{run_id}: {word}", messages.SUCCESS)


class RowOfRun(Evidence):
    """A row that belongs to a run and links back to it."""

    show_full_result_count = False

    @admin.display(description=_("run"))
    def run_link(self, row: models.Model) -> SafeString:
        run = cast(Run, getattr(row, "run"))  # noqa: B009
        return link("admin:workflows_run_change", run.pk, run.pk)


@admin.register(Event)
class EventAdmin(RowOfRun, EventAdminBase):
    list_select_related = ("run",)
    list_display = ("seq", "run_link", "type", "path", "foreach_index", "at")
    list_filter = ("type", "at")
    search_fields = ("=run__id", "path")
    fields = ("run_link", "seq", "type", "path", "foreach_index", "at", "data_shown")
    readonly_fields = fields
    ordering = ("-id",)

    @admin.display(description=_("data"))
    def data_shown(self, event: Event) -> SafeString:
        return _facts(event, event.run)


@admin.register(Snapshot)
class SnapshotAdmin(RowOfRun, SnapshotAdminBase):
    list_select_related = ("run",)
    list_display = ("run_link", "seq", "at")
    list_filter = ("at",)
    search_fields = ("=run__id",)
    fields = ("run_link", "seq", "at", "state_shown")
    readonly_fields = fields
    ordering = ("-id",)

    @admin.display(description=_("state"))
    def state_shown(self, snapshot: Snapshot) -> SafeString:
        return readable(_mask(snapshot.run).value(snapshot.state_value))


@admin.register(Suspension)
class SuspensionAdmin(RowOfRun, SuspensionAdminBase):
    list_select_related = ("run",)
    list_display = ("id", "run_link", "path", "status", "opened_at", "closed_at")
    list_filter = ("status", "opened_at", "run__workflow")
    search_fields = ("id", "=run__id", "path")
    exclude = ("run", "payload", "answer_schema", "labels", "metadata")
    readonly_fields = (
        "run_link",
        "payload_shown",
        "answer_schema_shown",
        "labels",
        "metadata_shown",
    )
    ordering = ("-opened_at",)

    @admin.display(description=_("payload"))
    def payload_shown(self, suspension: Suspension) -> SafeString:
        path = tuple(suspension.step_path.split("."))
        asked = suspension.payload_value
        return readable(_mask(suspension.run).value(asked, path, "suspend_payload"))

    @admin.display(description=_("answer schema"))
    def answer_schema_shown(self, suspension: Suspension) -> SafeString:
        return pretty(suspension.answer_schema)

    @admin.display(description=_("metadata"))
    def metadata_shown(self, suspension: Suspension) -> SafeString:
        return readable(_mask(suspension.run).value(suspension.metadata_value))


class TriggersOfSchedule(Evidence, TriggerInlineBase):
    model = ScheduleTrigger
    fields = ("due_at", "fired_at", "run", "error")
    ordering = ("-fired_at",)
    max_num = 100


@admin.register(Schedule)
class ScheduleAdmin(Evidence, ScheduleAdminBase):
    list_display = ("id", "workflow", "status", "next_fire_at", "last_fire_at")
    list_filter = ("status", "workflow")
    search_fields = ("id",)
    actions = ("pause", "resume")
    inlines = (TriggersOfSchedule,)
    exclude = ("spec",)
    readonly_fields = ("spec_shown",)

    @admin.display(description=_("timing and input"))
    def spec_shown(self, schedule: Schedule) -> SafeString:
        spec = schedule.spec_value
        given = input_without_secrets(schedule.workflow, spec.get("input_data"))
        return readable({**spec, "input_data": given})

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may use the actions; the name is Django's for ``permissions=``."""
        return request.user.has_perm("workflows.operate_run")

    @admin.action(description=_("Pause selected schedules"), permissions=["operate"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        for schedule_id in chosen.values_list("pk", flat=True):
            schedules.pause(schedule_id)

    @admin.action(description=_("Resume selected schedules"), permissions=["operate"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Schedule]) -> None:
        for schedule_id in chosen.values_list("pk", flat=True):
            schedules.resume(schedule_id)
