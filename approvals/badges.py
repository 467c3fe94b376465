"""Status as icon, word and tone: one table per kind of status, never colour alone."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["wait", "go", "good", "bad", "idle"]


@dataclass(frozen=True, slots=True)
class Badge:
    """What a status looks like: a lucide icon, a word, a tone."""

    icon: str
    word: str | Promise
    tone: Tone


UNKNOWN = Badge("circle-question-mark", _("Unknown"), "idle")

RUN: dict[str, Badge] = {
    "pending": Badge("circle-dashed", _("Queued"), "idle"),
    "running": Badge("loader", _("Running"), "go"),
    "waiting": Badge("alarm-clock", _("Waiting for a time"), "wait"),
    "suspended": Badge("user-round", _("Waiting for a person"), "wait"),
    "paused": Badge("circle-pause", _("Paused"), "idle"),
    "success": Badge("circle-check", _("Finished"), "good"),
    "failed": Badge("circle-x", _("Failed"), "bad"),
    "canceled": Badge("ban", _("Canceled"), "idle"),
}

STEP: dict[str, Badge] = RUN | {
    "success": Badge("circle-check", _("Done"), "good"),
    "skipped": Badge("circle-slash", _("Skipped"), "idle"),
    "idle": Badge("circle-dashed", _("Not started"), "idle"),
}

APPROVAL: dict[str, Badge] = {
    "open": Badge("clock", pgettext_lazy("approval", "Waiting"), "wait"),
    "sent-back": Badge("undo-2", _("Changes asked for"), "wait"),
    "reserved": Badge("hourglass", pgettext_lazy("approval", "Answered"), "wait"),
    "decided": Badge("send", pgettext_lazy("approval", "Answered"), "good"),
    "withdrawn": Badge("undo-2", pgettext_lazy("approval", "Withdrawn"), "idle"),
    "expired": Badge("timer-off", pgettext_lazy("approval", "Expired"), "bad"),
}

VERDICT: dict[str, Badge] = {
    "approved": Badge("circle-check", _("Approved"), "good"),
    "rejected": Badge("circle-x", _("Rejected"), "bad"),
    "submitted": Badge("send", _("Answered"), "good"),
}

PRIORITY: dict[str, Badge] = {
    "low": Badge("arrow-down", _("Low priority"), "idle"),
    "high": Badge("arrow-up", _("High priority"), "wait"),
    "urgent": Badge("flame", _("Urgent"), "bad"),
}
