"""The addresses of the pages."""

from django.urls import include, path

from approvals.views import (
    acts,
    bulk,
    decision,
    delegations,
    drafts,
    files,
    inbox,
    looks,
    people,
    preferences,
    receipts,
    runs,
    saved,
    secrets,
    timing,
    workflows,
)

app_name = "approvals"

urlpatterns = [
    path("", inbox.show, name="inbox"),
    path("approvals/<str:approval_id>/", decision.show, name="decision"),
    path("approvals/<str:approval_id>/undo/", timing.undo, name="undo"),
    path("approvals/<str:approval_id>/notice/", decision.notice, name="notice"),
    path("approvals/<str:approval_id>/secrets/", secrets.reveal, name="secrets"),
    path("approvals/<str:approval_id>/draft/", drafts.save, name="draft"),
    path("approvals/<str:approval_id>/look/", looks.look, name="look"),
    path(
        "approvals/<str:approval_id>/receipts/<int:decision_id>/",
        receipts.show,
        name="receipt",
    ),
    path("views/", saved.index, name="views"),
    path("views/<int:view_id>/", saved.change, name="view"),
    path("bulk/", bulk.show, name="bulk"),
    path("bulk/undo/", bulk.undo, name="bulk-undo"),
    path("bulk/summary/", bulk.summary, name="bulk-summary"),
    path("approvals/<str:approval_id>/act/<str:name>/", acts.act, name="act"),
    path(
        "approvals/<str:approval_id>/files/<str:file_id>/",
        files.download,
        name="file",
    ),
    path("people/<str:purpose>/", people.search, name="people"),
    path("runs/", runs.index, name="runs"),
    path("runs/<str:run_id>/", runs.show, name="run"),
    path("runs/<str:run_id>/cancel/", runs.cancel, name="cancel"),
    path("runs/<str:run_id>/restart/", runs.restart, name="restart"),
    path("workflows/", workflows.index, name="workflows"),
    path("workflows/<str:workflow_id>/start/", workflows.start, name="start"),
    path("preferences/delegations/", delegations.show, name="delegations"),
    path(
        "preferences/delegations/<int:delegation_id>/end/",
        delegations.end,
        name="end-delegation",
    ),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("preferences/language/", preferences.language, name="language"),
    path("preferences/shortcuts/", preferences.shortcuts, name="shortcuts"),
    path("preferences/density/", preferences.density, name="density"),
    path("preferences/advance/", preferences.advance, name="advance"),
    path("", include("approvals.notifications.urls")),
]
