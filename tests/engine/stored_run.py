"""What must hold of a stored run whatever was done to it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.engine.reference import Reference
from workflows import Run, json_gate, loading, models
from workflows.events import unsplit
from workflows.fold import fold
from workflows.state import RunFold


class StoredRunMachine(RuleBasedStateMachine):
    """A run and its model; compared with each other after every rule."""

    run: Run
    model: Reference
    checked_head: int
    terminal_head: int | None

    @property
    def row(self) -> models.Run:
        return models.Run.objects.get(pk=self.run.id)

    def questions(self) -> dict[str, models.Suspension]:
        rows = models.Suspension.objects.filter(run_id=self.run.id, status="open")
        return {unsplit(row.path, row.foreach_index): row for row in rows}

    @invariant()
    def all_is_well(self) -> None:
        row, asked = self.row, self.questions()
        self.an_ended_run_does_not_change(row)
        self.nothing_is_in_limbo(row, asked=bool(asked))
        if row.head != self.checked_head:  # else nothing was written since
            self.the_result_is_the_models()
            self.the_row_is_what_the_journal_says(row, asked)
            self.every_snapshot_leads_to_the_same_fold()
            self.checked_head = row.head

    def the_result_is_the_models(self) -> None:
        result = self.run.refresh(include_state=True)
        if self.model.status == "success":
            assert result.result == self.model.root.value
        if self.model.status == "failed":
            assert result.error is not None

    def an_ended_run_does_not_change(self, row: models.Run) -> None:
        if not self.model.finished:
            self.terminal_head = None
        elif self.terminal_head is None:
            self.terminal_head = row.head
        assert self.terminal_head in (None, row.head)

    def the_row_is_what_the_journal_says(
        self, row: models.Run, asked: dict[str, models.Suspension]
    ) -> None:
        folded = loading.load(self.run.id, whole=True).fold
        assert (row.head, row.status) == (folded.seq, folded.status)
        assert row.generation == folded.generation
        open_now = {visit.suspension for visit in folded.suspensions().values()}
        assert open_now == {question.pk for question in asked.values()}

    def every_snapshot_leads_to_the_same_fold(self) -> None:
        journal = loading.read_events(self.run.id)
        whole = fold(journal)
        assert [event.seq for event in journal] == list(range(1, len(journal) + 1))
        for snapshot in models.Snapshot.objects.filter(run_id=self.run.id):
            start = RunFold.from_json(snapshot.state_value)
            assert fold(journal[snapshot.seq :], start) == whole
            middle = fold(journal[: snapshot.seq])
            stored: Any = json_gate.loads(snapshot.state)
            assert RunFold.from_json(stored) == middle

    def nothing_is_in_limbo(self, row: models.Run, *, asked: bool) -> None:
        leased = bool(row.lease_owner)
        due = row.due_at is not None and row.due_at <= timezone.now()
        if self.model.finished:
            assert (leased, row.due_at, asked) == (False, None, False)
        else:
            assert leased or due or asked
