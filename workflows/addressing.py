"""Find the suspended visits a resume means, by any of its names.

A step is named by object, id, list of either, dotted path (with or without foreach
indexes), id of the nested workflow alone, label, suspension id, or not at all. A
foreach counts as one: a resume without index reaches every suspended item of its
batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from workflows import events
from workflows.errors import (
    AlreadyResumed,
    AmbiguousResume,
    RunNotSuspended,
    StepNotFound,
    StepNotSuspended,
)
from workflows.state import RunFold, Visit
from workflows.statuses import RunStatus

if TYPE_CHECKING:
    from workflows.definition import Step, Workflow

StepName: TypeAlias = "str | Step | Workflow | Sequence[str | Step | Workflow]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a resume is meant for; nothing given means the only one there is.

    ``has_data`` says that something is answered; without, a paused run goes on.
    """

    suspension_id: str | None = None
    step: StepName | None = None
    label: str | None = None
    foreach_index: int | None = None
    has_data: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the caller named no step."""
        return (self.suspension_id, self.step, self.label) == (None, None, None)

    @property
    def names_nothing(self) -> bool:
        """Neither a step nor an item: a paused run then simply goes on."""
        return self.is_open and self.foreach_index is None


def dotted(step: StepName) -> str:
    """A step's name as a dotted path, foreach indexes kept where given."""
    if isinstance(step, str):
        return step
    if isinstance(step, Sequence):
        return ".".join(dotted(part) for part in step)
    id = getattr(step, "id", None)
    if not isinstance(id, str):
        raise StepNotFound(
            f"{step!r} names no step; give a step, a workflow, an id, a dotted path or "
            "a list of those"
        )
    return id


def plain(path: str) -> str:
    """A path without foreach indexes."""
    return ".".join(events.ids(path))


def in_order(fold: RunFold, addresses: Sequence[str]) -> list[str]:
    """Addresses in order of declaration in the workflow."""
    begun = {address: number for number, address in enumerate(fold.visits)}

    def key(address: str) -> list[tuple[int, int, int]]:
        parts = address.split(".")
        keys = []
        for depth in range(1, len(parts) + 1):
            prefix = ".".join(parts[:depth])
            path, index = events.split(prefix)
            visit = fold.visits[prefix]
            keys.append((visit.entry, begun.get(path, 0), index or 0))
        return keys

    return sorted(addresses, key=key)


def suspended_paths(fold: RunFold) -> list[list[str]]:
    """Paths of the open suspensions, each a list of ids, a foreach step once."""
    paths = [events.ids(a) for a in in_order(fold, list(fold.suspensions()))]
    return [list(path) for path in dict.fromkeys(map(tuple, paths))]


def goes_on(fold: RunFold, target: Target) -> bool:
    """Whether a resume answers nobody: the run is paused, and nobody is named.

    With an answer the only open question is meant, if there is one.
    """
    if fold.status != RunStatus.PAUSED or not target.names_nothing:
        return False
    return not (target.has_data and fold.suspensions())


def resolve(fold: RunFold, target: Target, *, seen_open: bool = False) -> list[str]:
    """The addresses a resume answers. Raises the errors of a resume.

    ``seen_open`` says that this caller saw its target open before: having lost it, it
    is told so, whatever the run has become.
    """
    waiting = fold.suspensions()
    found = _matching(fold, waiting, target)
    if not found:
        raise _nothing(fold, target, seen_open)
    if len({plain(address) for address in found}) > 1:
        raise AmbiguousResume(
            "several steps are suspended: "
            + ", ".join(f"[{', '.join(path)}]" for path in suspended_paths(fold))
            + "; name the step to resume",
            suspended=suspended_paths(fold),
        )
    items = dict.fromkeys(_item(a, target) for a in in_order(fold, found))
    if target.foreach_index is not None and len(items) > 1:
        raise AmbiguousResume(
            f"several items have this index: {', '.join(map(str, items))}; name one",
            suspended=suspended_paths(fold),
        )
    return in_order(fold, found)


def _matching(fold: RunFold, waiting: dict[str, Visit], target: Target) -> list[str]:
    found = list(waiting)
    if target.suspension_id is not None:
        found = [a for a in found if waiting[a].suspension == target.suspension_id]
    if target.label is not None:
        found = [a for a in found if target.label in waiting[a].labels]
    if target.step is not None:
        name = dotted(target.step)
        found = [a for a in found if _names(name, a)] or [
            a for a in found if _ends_with(name, a)
        ]
    if target.foreach_index is not None:
        found = [a for a in found if _item(a, target) is not None]
    return found


def _names(name: str, address: str) -> bool:
    """Exactly this visit, its path without indexes, or something inside it."""
    if address == name or address.startswith((f"{name}.", f"{name}[")):
        return True
    return "[" not in name and (
        plain(address) == name or plain(address).startswith(f"{name}.")
    )


def _ends_with(name: str, address: str) -> bool:
    """A nested step by its own id alone."""
    return plain(address).endswith(f".{name}")


def _item(address: str, target: Target) -> str | None:
    """The item that ``foreach_index`` means, which the address is or lies in.

    It is one of the foreach that is named, else of the outermost that has the index.
    """
    parts = address.split(".")
    prefixes = [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    items = [prefix for prefix in prefixes if prefix.endswith("]")]
    if target.step is not None:
        name = dotted(target.step)
        items = [item for item in items if _is_foreach(name, item)] or items
    fitting = (i for i in items if events.split(i)[1] == target.foreach_index)
    return next(fitting, None)


def _is_foreach(name: str, item: str) -> bool:
    path, _ = events.split(item)
    return name in (path, plain(path)) or plain(path).endswith(f".{name}")


def _nothing(fold: RunFold, target: Target, seen_open: bool) -> Exception:
    if seen_open:
        return AlreadyResumed("this step was already resumed by another caller")
    if fold.finished or fold.status == RunStatus.PENDING:
        return RunNotSuspended(f"the run is {fold.status}; it waits for no answer")
    if target.names_nothing:
        if fold.was_resumed:
            return AlreadyResumed("the run was already resumed by another caller")
        return RunNotSuspended(f"the run is {fold.status}; it waits for no answer")
    if _was_answered(fold, target):
        return AlreadyResumed("this step was already resumed by another caller")
    waiting = ", ".join(f"[{', '.join(p)}]" for p in suspended_paths(fold)) or "none"
    return StepNotSuspended(f"{_words(target)} was not suspended; suspended: {waiting}")


def _was_answered(fold: RunFold, target: Target) -> bool:
    return any(
        visit.resumed is not None and _meant(target, address, visit)
        for address, visit in fold.visits.items()
    )


def _meant(target: Target, address: str, visit: Visit) -> bool:
    """Whether what is given names this visit; a suspension's id names none by now."""
    name = None if target.step is None else dotted(target.step)
    named = name is not None and (_names(name, address) or _ends_with(name, address))
    labeled = target.label is not None and target.label in visit.labels
    fits = target.foreach_index is None or _item(address, target) is not None
    return fits and (named or labeled or target.is_open)


def _words(target: Target) -> str:
    if target.suspension_id is not None:
        return f"suspension {target.suspension_id!r}"
    if target.label is not None:
        return f"label {target.label!r}"
    if target.step is not None:
        return f"step {dotted(target.step)!r}"
    return f"foreach item {target.foreach_index}"
