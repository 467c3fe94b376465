"""Whether a run can go on under the workflow that is installed now.

Ids, kinds and order of what was recorded count, not what functions do. What lies
behind the point reached may have changed freely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workflows import events
from workflows.errors import DefinitionChanged
from workflows.graph import ForeachEntry, NestedEntry, members
from workflows.state import RunFold

if TYPE_CHECKING:
    from workflows.definition import Workflow


def check(workflow: Workflow, fold: RunFold) -> None:
    """Raise ``DefinitionChanged`` naming the first difference, else do nothing."""
    for difference in differences(workflow, fold):
        raise DefinitionChanged(
            f"workflow {workflow.id!r} version {workflow.version!r} has changed "
            f"under this run: {difference}",
            difference=difference,
        )


def differences(workflow: Workflow, fold: RunFold) -> Iterator[str]:
    """What was recorded and is not there any more, one sentence each."""
    scopes: dict[str, Workflow | None] = {"": workflow}
    for address, visit in fold.visits.items():
        scope = scopes.get(events.scope_of(address))
        if scope is None:
            continue
        name = events.ids(address)[-1]
        if visit.entry >= len(scope.entries):
            yield f"{address!r} was entry {visit.entry} of {scope.id!r}, which is gone"
            continue
        entry = scope.entries[visit.entry]
        found = {member.id: member for member in members(entry)}
        kinds = {member.kind for member in found.values()} | {entry.kind}
        if name not in found:
            yield (
                f"{address!r} was entry {visit.entry} of {scope.id!r}, "
                f"where {', '.join(found)} is now"
            )
        elif visit.kind not in kinds:
            yield f"{address!r} was a {visit.kind} and is a {found[name].kind} now"
        else:
            member = found[name]
            inside = isinstance(member, NestedEntry)
            is_loop = isinstance(entry, ForeachEntry) and not address.endswith("]")
            if inside and not is_loop:
                assert isinstance(member, NestedEntry)
                scopes[address] = member.workflow
