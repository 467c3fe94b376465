"""Requests to people, opened by suspended steps.

Exported lazily: workflow modules import this before Django's models are ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from approvals.escalation import Escalation
    from approvals.rules import ApprovalPolicy, approval_policy
    from approvals.uploads import Upload, UploadLimits

_HOMES = {
    "ApprovalPolicy": "approvals.rules",
    "Escalation": "approvals.escalation",
    "Upload": "approvals.uploads",
    "UploadLimits": "approvals.uploads",
    "approval_policy": "approvals.rules",
}

__all__ = [
    "ApprovalPolicy",
    "Escalation",
    "Upload",
    "UploadLimits",
    "approval_policy",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
