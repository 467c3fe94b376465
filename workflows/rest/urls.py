"""Addresses of the engine's REST API, below `/api/v1/`."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from workflows.rest import (
    views_acts,
    views_runs,
    views_schedules,
    views_tokens,
    views_workflows,
)

app_name = "rest"


class ScheduleId(StringConverter):
    """`<workflow>` or `<workflow>/<schedule>`."""

    regex = r"[^/\x00]+(?:/[^/\x00]+)?"


register_converter(ScheduleId, "schedule")

urlpatterns = [
    path("token/", views_tokens.TokenNew.as_view(), name="token"),
    path("token/current/", views_tokens.TokenCurrent.as_view(), name="token-current"),
    path("workflows/", views_workflows.WorkflowList.as_view(), name="workflows"),
    path(
        "workflows/<str:workflow_id>/",
        views_workflows.WorkflowDetail.as_view(),
        name="workflow",
    ),
    path(
        "workflows/<str:workflow_id>/runs/",
        views_workflows.WorkflowRuns.as_view(),
        name="workflow-runs",
    ),
    path("runs/", views_runs.RunList.as_view(), name="runs"),
    path("runs/<str:run_id>/", views_runs.RunDetail.as_view(), name="run"),
    path(
        "runs/<str:run_id>/events/", views_runs.RunEvents.as_view(), name="run-events"
    ),
    path(
        "runs/<str:run_id>/snapshots/",
        views_runs.RunSnapshots.as_view(),
        name="run-snapshots",
    ),
    path(
        "runs/<str:run_id>/resume/", views_acts.RunResume.as_view(), name="run-resume"
    ),
    path(
        "runs/<str:run_id>/cancel/", views_acts.RunCancel.as_view(), name="run-cancel"
    ),
    path(
        "runs/<str:run_id>/restart/",
        views_acts.RunRestart.as_view(),
        name="run-restart",
    ),
    path(
        "runs/<str:run_id>/time-travel/",
        views_acts.RunTimeTravel.as_view(),
        name="run-time-travel",
    ),
    path("schedules/", views_schedules.ScheduleList.as_view(), name="schedules"),
    path(
        "schedules/<schedule:schedule_id>/pause/",
        views_schedules.SchedulePause.as_view(),
        name="schedule-pause",
    ),
    path(
        "schedules/<schedule:schedule_id>/resume/",
        views_schedules.ScheduleResume.as_view(),
        name="schedule-resume",
    ),
    path(
        "schedules/<schedule:schedule_id>/",
        views_schedules.ScheduleDetail.as_view(),
        name="schedule",
    ),
]
