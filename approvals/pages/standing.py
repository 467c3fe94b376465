"""How the run stands behind a question: whether an answer can reach it, or did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _

import workflows
from approvals.badges import Tone
from approvals.models import Approval
from approvals.notifications.kinds import Delivery, Kind
from approvals.notifications.models import Mail, Notice
from approvals.pages import wording
from approvals.persons import name_of
from approvals.questions import in_words
from approvals.statuses import ApprovalStatus
from workflows import waiting
from workflows.models import Run
from workflows.run_masking import mask_of
from workflows.statuses import RunStatus, StepStatus

UNHEARD = frozenset({Delivery.SKIPPED, Delivery.FAILED})
ANSWERED = frozenset({ApprovalStatus.DECIDED, ApprovalStatus.EXPIRED})
GOING = frozenset({RunStatus.PENDING, RunStatus.RUNNING})
# Where a run is that goes on: the step that somebody would look for.
PRESENT = frozenset({StepStatus.RUNNING, StepStatus.WAITING, StepStatus.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the page says of it."""

    icon: str
    tone: Tone
    heading: str
    lines: tuple[str, ...] = ()
    closes: bool = False  # no answer can be taken, so none is asked for
    changes: bool = False  # soon and by itself: the page looks again


def of(approval: Approval, *, now: datetime) -> Standing | None:
    """Nothing while the question simply waits, or is over without an answer."""
    if approval.is_open:
        return _open(approval)
    return _after(approval, now) if approval.status in ANSWERED else None


def why_stuck(run: Run) -> str:
    """Why the run needs attention, with nothing secret; empty when it does not."""
    if run.attention:
        return _reason(run)
    if waiting.obstacle(run):
        return changed_words()
    flagged = run.approvals.open().filter(needs_assignment=True)
    return too_few_words() if flagged.exists() else ""


def too_few_words() -> str:
    return _("Too few people can decide this.")


def changed_words() -> str:
    """Why no answer is taken."""
    return _("The workflow has changed and can take no answer to this any more.")


def _open(approval: Approval) -> Standing | None:
    run = approval.run
    changed = waiting.obstacle(run)
    if changed or workflows.suspended_step(approval.suspension) is None:
        return _attention(
            _("This needs attention"),
            changed_words(),
            _("Nothing is lost: the request waits, and so does what you had typed."),
            _told(run),
            closes=True,
        )
    if run.attention:
        return _attention(_("The run needs attention"), _reason(run), _told(run))
    if approval.needs_assignment:
        return _attention(_("This needs attention"), too_few_words(), _told(run))
    return None


def _after(approval: Approval, now: datetime) -> Standing | None:
    run = approval.run
    if run.attention:
        return _attention(
            _("The run needs attention"),
            _recorded(approval),
            _reason(run),
            _("The answer is not lost: the run goes on with it once it can."),
            _told(run),
        )
    match run.status:
        case RunStatus.FAILED:
            return Standing(
                icon="circle-x",
                tone="bad",
                heading=_("The run failed after this"),
                lines=(_recorded(approval), *_failure(run), *_kept()),
            )
        case RunStatus.SUCCESS:
            return _good(_("The run is finished."))
        case RunStatus.CANCELED:
            return None
    if run.status in GOING and _waits_for_a_worker(run, now):
        return Standing(
            icon="hourglass",
            tone="wait",
            heading=_("%(recorded)s Waiting for the engine.")
            % {"recorded": _recorded(approval)},
            lines=(_("The run goes on by itself as soon as a worker takes it up."),),
            changes=True,
        )
    return _gone_on(approval)


def _waits_for_a_worker(run: Run, now: datetime) -> bool:
    return not run.lease_owner and run.due_at is not None and run.due_at <= now


def _gone_on(approval: Approval) -> Standing | None:
    steps = workflows.get_run(approval.run_id).refresh().steps
    asked = f"{approval.step_path}."
    here = [
        path
        for path, step in steps.items()
        if step.status in PRESENT and not asked.startswith(f"{path}.")
    ]
    if here:
        place = in_words(here[-1].rpartition(".")[2])
        return _good(_("The run went on to “%(step)s”.") % {"step": place})
    if approval.run.status in GOING:
        return _good(wording.goes_on(), changes=True)
    return None


def _failure(run: Run) -> Iterator[str]:
    """Where, and in the words of the error, without what is secret in the run."""
    error = mask_of(run).error(workflows.get_run(run.pk).refresh().error)
    if error is not None and error.step:
        place = in_words(error.step.rpartition(".")[2])
        yield _("It failed at “%(step)s”.") % {"step": place}
    if error is not None and error.message:
        yield error.message


def _kept() -> tuple[str, str]:
    return (
        _("The answer is not lost: it stands as it was given."),
        _("Operators can start the run again from there."),
    )


def _reason(run: Run) -> str:
    return mask_of(run).text(run.attention)


def _told(run: Run) -> str:
    """Which operators know of it."""
    notices = Notice.objects.filter(kind=Kind.ATTENTION, approval__run=run)
    mails = Mail.objects.filter(notice__in=notices).exclude(status__in=UNHEARD)
    names = {name_of(mail.recipient) for mail in mails.select_related("recipient")}
    if names:
        return _("Told about it: %(names)s.") % {"names": ", ".join(sorted(names))}
    if notices.exclude(spread_at=None).exists():
        return _("No operator could be told by mail.")
    return _("Operators are being told.")


def _recorded(approval: Approval) -> str:
    if approval.closed_at is None:
        return ""
    local = timezone.localtime(approval.closed_at)
    at = formats.time_format(local, "TIME_FORMAT")
    return _("Recorded at %(at)s.") % {"at": at}


def _attention(heading: str, *lines: str, closes: bool = False) -> Standing:
    return Standing(
        icon="triangle-alert", tone="bad", heading=heading, lines=lines, closes=closes
    )


def _good(heading: str, *, changes: bool = False) -> Standing:
    return Standing(icon="circle-check", tone="good", heading=heading, changes=changes)
