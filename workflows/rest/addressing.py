"""Which suspensions a resume over REST means, and its data as their step takes it."""

from dataclasses import dataclass

from workflows import addressing, control, loading, registry
from workflows.addressing import Target
from workflows.definition import Step
from workflows.errors import StepNotFound, WorkflowNotFound
from workflows.models import Run
from workflows.rest.bodies import ResumeRun
from workflows.rest.problems import pointing_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """The suspensions meant, all of one step; none for a paused run."""

    suspension_ids: tuple[str, ...]
    paths: tuple[str, ...]


def addressed(run: Run, body: ResumeRun) -> Addressed:
    """By the engine's own rules; raises the errors of a resume."""
    fold = loading.load(run.pk).fold
    waiting = fold.suspensions()
    target = Target(
        suspension_id=body.suspension_id,
        step=body.step,
        label=body.label,
        foreach_index=body.foreach_index,
        has_data=body.resume_data is not None,
    )
    if addressing.goes_on(fold, target):
        return Addressed(suspension_ids=(), paths=())
    paths = addressing.resolve(fold, target)
    ids = tuple(str(waiting[path].suspension) for path in paths)
    return Addressed(suspension_ids=ids, paths=tuple(paths))


def strictly_accepted(run: Run, body: ResumeRun, meant: Addressed) -> ResumeRun:
    """The body with its data checked as what a client sends; one suspension is named.

    Python callers follow the model's own configuration, which may turn "yes" into true.
    """
    if not meant.paths:
        return body
    step = _installed_step(run, meant.paths[0])
    data = body.resume_data
    if step is not None:
        with pointing_at("/resume_data"):
            resume = step.schemas.resume
            data = resume.load(resume.accept_strict(data))
    update = {"resume_data": data}
    if len(meant.suspension_ids) == 1:
        update["suspension_id"] = meant.suspension_ids[0]
    return body.model_copy(update=update)


def _installed_step(run: Run, path: str) -> Step | None:
    """The step that waits; if the installed code lacks it, the engine refuses it."""
    try:
        return control.step_at(registry.get(run.workflow, run.version), path)
    except (WorkflowNotFound, StepNotFound):
        return None
