"""The events of a run as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.graph_layout import spoken
from workflows.json_gate import JSONObject

if TYPE_CHECKING:
    from workflows import RunEvent

# Sentences that need nothing but the name of the step.
ABOUT_STEPS = {
    "workflow-step-start": gettext_lazy("%(step)s started."),
    "workflow-step-output": gettext_lazy("%(step)s wrote something."),
    "workflow-step-suspended": gettext_lazy("%(step)s asked and waits for an answer."),
    "workflow-step-waiting": gettext_lazy("%(step)s waits for a time."),
}
ABOUT_RUNS = {
    "workflow-start": gettext_lazy("The run started."),
    "workflow-claimed": gettext_lazy("A worker took the run."),
    "workflow-resumed": gettext_lazy("The run was told to go on."),
    "workflow-restarted": gettext_lazy("The run was restarted."),
    "workflow-suspended": gettext_lazy("The run waits for a person."),
    "workflow-waiting": gettext_lazy("The run waits for a time."),
    "workflow-paused": gettext_lazy("The run paused after one step."),
    "workflow-attention": gettext_lazy("The run was set aside for an operator."),
    "workflow-time-travel": gettext_lazy("The run went back to an earlier step."),
    "workflow-canceled": gettext_lazy("The run was canceled."),
    "workflow-condition": gettext_lazy("A condition was decided."),
}
ENDINGS = {
    "success": gettext_lazy("The run finished."),
    "failed": gettext_lazy("The run failed."),
    "canceled": gettext_lazy("The run was canceled."),
}


def sentence(event: RunEvent) -> str:
    """What happened, in one sentence; an unknown type is shown by its name."""
    step = _step(event)
    if event.type in ABOUT_STEPS:
        return ABOUT_STEPS[event.type] % {"step": step}
    if event.type in ABOUT_RUNS:
        return str(ABOUT_RUNS[event.type])
    special = SPECIAL.get(event.type)
    return special(step, event.payload) if special else f"{event.type} {step}".strip()


def reason(event: RunEvent) -> str:
    """Why somebody did this to the run, in their words; empty where nobody said."""
    by = event.payload.get("by")
    said = by.get("reason") if isinstance(by, dict) else None
    return said if isinstance(said, str) else ""


def _step(event: RunEvent) -> str:
    name = " / ".join(map(spoken, event.path))
    return name if event.foreach_index is None else f"{name} #{event.foreach_index + 1}"


def _result(step: str, payload: JSONObject) -> str:
    words = {
        "success": _("%(step)s is done."),
        "failed": _("%(step)s failed."),
        "skipped": _("%(step)s was skipped."),
        "canceled": _("%(step)s was canceled."),
    }
    return words.get(str(payload.get("status")), _("%(step)s ended.")) % {"step": step}


def _retry(step: str, payload: JSONObject) -> str:
    return _("%(step)s failed and is tried again.") % {"step": step}


def _resumed(step: str, payload: JSONObject) -> str:
    by = payload.get("resumed_by")
    person = by.get("decided_by") if isinstance(by, dict) else None
    name = person.get("name") if isinstance(person, dict) else None
    if name:
        return _("%(name)s answered %(step)s.") % {"name": name, "step": step}
    return _("%(step)s was answered.") % {"step": step}


def _progress(step: str, payload: JSONObject) -> str:
    return _("%(step)s: %(done)s of %(total)s items are done.") % {
        "step": step,
        "done": payload.get("completed_count", "?"),
        "total": payload.get("total_count", "?"),
    }


def _finish(_step: str, payload: JSONObject) -> str:
    return str(ENDINGS.get(str(payload.get("status")), _("The run ended.")))


SPECIAL: Mapping[str, Callable[[str, JSONObject], str]] = {
    "workflow-step-result": _result,
    "workflow-step-retry": _retry,
    "workflow-step-resumed": _resumed,
    "workflow-step-progress": _progress,
    "workflow-finish": _finish,
}
