"""Addresses of the inbox's REST API, below `/api/v1/`."""

from django.urls import path

from approvals.rest import acts, bulk, changes, delegations, files, timing, views

app_name = "approvals-rest"

urlpatterns = [
    path("approvals/", views.ApprovalList.as_view(), name="approvals"),
    path("approvals/bulk-decide/", bulk.BulkDecide.as_view(), name="bulk-decide"),
    path(
        "approvals/<str:approval_id>/",
        views.ApprovalDetail.as_view(),
        name="approval",
    ),
    path(
        "approvals/<str:approval_id>/validate/",
        views.ApprovalValidate.as_view(),
        name="validate",
    ),
    path(
        "approvals/<str:approval_id>/files/",
        files.ApprovalFiles.as_view(),
        name="files",
    ),
    path(
        "approvals/<str:approval_id>/files/<str:file_id>/",
        files.ApprovalFile.as_view(),
        name="file",
    ),
    path(
        "approvals/<str:approval_id>/decide/",
        views.ApprovalDecide.as_view(),
        name="decide",
    ),
    path(
        "approvals/<str:approval_id>/undo/",
        timing.ApprovalUndo.as_view(),
        name="undo",
    ),
    path(
        "approvals/<str:approval_id>/extend/",
        timing.ApprovalExtend.as_view(),
        name="extend",
    ),
    path(
        "approvals/<str:approval_id>/expire/",
        timing.ApprovalExpire.as_view(),
        name="expire",
    ),
    path(
        "approvals/<str:approval_id>/snooze/",
        timing.ApprovalSnooze.as_view(),
        name="snooze",
    ),
    path(
        "approvals/<str:approval_id>/wake/",
        timing.ApprovalWake.as_view(),
        name="wake",
    ),
    path(
        "approvals/<str:approval_id>/claim/",
        acts.ApprovalClaim.as_view(),
        name="claim",
    ),
    path(
        "approvals/<str:approval_id>/release/",
        acts.ApprovalRelease.as_view(),
        name="release",
    ),
    path(
        "approvals/<str:approval_id>/assign/",
        acts.ApprovalAssign.as_view(),
        name="assign",
    ),
    path(
        "approvals/<str:approval_id>/comments/",
        acts.ApprovalComments.as_view(),
        name="comments",
    ),
    path(
        "approvals/<str:approval_id>/ask/",
        acts.ApprovalAsk.as_view(),
        name="ask",
    ),
    path(
        "approvals/<str:approval_id>/eligibility/",
        acts.ApprovalEligibility.as_view(),
        name="eligibility",
    ),
    path(
        "approvals/<str:approval_id>/request-changes/",
        changes.ApprovalRequestChanges.as_view(),
        name="request-changes",
    ),
    path(
        "approvals/<str:approval_id>/resubmit/",
        changes.ApprovalResubmit.as_view(),
        name="resubmit",
    ),
    path(
        "approvals/<str:approval_id>/recall/",
        changes.ApprovalRecall.as_view(),
        name="recall",
    ),
    path(
        "approvals/<str:approval_id>/receipts/",
        changes.ApprovalReceipts.as_view(),
        name="receipts",
    ),
    path("delegations/", delegations.DelegationList.as_view(), name="delegations"),
    path(
        "delegations/<str:delegation_id>/end/",
        delegations.DelegationEnd.as_view(),
        name="end-delegation",
    ),
]
