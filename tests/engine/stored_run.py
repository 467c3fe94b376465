"""What must hold of a stored run whatever was done to it."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.engine.reference import Reference
from workflows import Run, loading, models
from workflows.draft import Draft
from workflows.events import EventType, JournalEvent, unsplit
from workflows.fold import fold
from workflows.rows import select_rows
from workflows.state import RunFold
from workflows.values import Values

RESULT = EventType.STEP_RESULT
OUTCOMES = (RESULT, EventType.STEP_SUSPENDED, EventType.STEP_RETRY)


class StoredRunMachine(RuleBasedStateMachine):
    """A run and its model; compared with each other after every rule.

    The journal is read on from where it was read to, and folded on: rereading it all
    each time is what such a test would spend its time on.
    """

    run: Run
    model: Reference
    journal: list[JournalEvent]
    folded: RunFold
    checked_head: int
    checked_snapshot: int
    terminal_head: int | None

    def look_at(self, run: Run) -> None:
        """From now on this is the run."""
        self.run = run
        self.journal, self.folded = [], RunFold()
        self.checked_head = self.checked_snapshot = 0
        self.terminal_head = None

    @property
    def row(self) -> models.Run:
        return select_rows(models.Run, "id", [self.run.id])[0]

    def asked(self) -> list[models.Suspension]:
        """All questions, in order, whatever became of them."""
        rows = select_rows(models.Suspension, "run_id", [self.run.id])
        return sorted(rows, key=lambda row: row.opened_seq)

    def questions(self) -> dict[str, models.Suspension]:
        rows = [row for row in self.asked() if row.status == "open"]
        return {unsplit(row.path, row.foreach_index): row for row in rows}

    def read_on(self) -> None:
        """Take in what was appended since."""
        fresh = loading.read_events(self.run.id, after=len(self.journal))
        self.journal += fresh
        fold(fresh, self.folded)

    def recorded(self) -> int:
        """How often a held step came to something, by the journal."""
        return sum(map(is_outcome, self.journal))

    def draft(self) -> Draft:
        """The run as it stands, to be planned on paper."""
        values = Values({event.seq: event.data for event in self.journal})
        return Draft(copy.deepcopy(self.folded), timezone.now(), values)

    @invariant()
    def all_is_well(self) -> None:
        row = self.row
        self.an_ended_run_does_not_change(row)
        if row.head != self.checked_head:  # else nothing was written since
            self.read_on()
            asked = self.questions()
            self.nothing_is_in_limbo(row, asked=bool(asked))
            self.the_result_is_the_models()
            self.the_row_is_what_the_journal_says(row, asked)
            self.every_snapshot_leads_to_the_same_fold()
            self.transactions_left_what_they_recorded()
            self.checked_head = row.head

    def the_result_is_the_models(self) -> None:
        result = self.run.refresh(include_state=True)
        assert result.state == self.model.state
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
        folded = self.folded
        assert (row.head, row.status) == (folded.seq, folded.status)
        assert row.generation == folded.generation
        open_now = {visit.suspension for visit in folded.suspensions().values()}
        assert open_now == {question.pk for question in asked.values()}

    def every_snapshot_leads_to_the_same_fold(self) -> None:
        """One found true before stays true: nothing in a journal changes."""
        assert [event.seq for event in self.journal] == list(
            range(1, len(self.journal) + 1)
        )
        snapshots = models.Snapshot.objects.filter(run_id=self.run.id)
        for snapshot in snapshots.filter(seq__gt=self.checked_snapshot):
            start = RunFold.from_json(snapshot.state_value)
            assert start == fold(self.journal[: snapshot.seq])
            assert fold(self.journal[snapshot.seq :], start) == self.folded
            self.checked_snapshot = max(self.checked_snapshot, snapshot.seq)

    def transactions_left_what_they_recorded(self) -> None:
        """Each row of a transactional step is there once, and only with its event."""
        ended = [
            event
            for event in self.journal
            if event.type == RESULT
            and "output" in event.data
            and is_named(event.address, "t")
        ]
        rows = Group.objects.filter(name__startswith=f"{self.run.id}:")
        assert rows.count() == len(ended)

    def nothing_is_in_limbo(self, row: models.Run, *, asked: bool) -> None:
        leased = bool(row.lease_owner)
        due = row.due_at is not None and row.due_at <= timezone.now()
        if self.model.finished:
            assert (leased, row.due_at, asked) == (False, None, False)
        elif self.model.status == "paused":
            assert (leased, due) == (False, False)
        else:
            assert leased or due or asked or self.model.sleeps
            if self.model.sleeps and not leased:
                assert row.due_at is not None


def is_named(address: str, *prefixes: str) -> bool:
    """Whether the last id of an address begins so."""
    return address.rpartition(".")[2].startswith(prefixes)


def is_outcome(event: JournalEvent) -> bool:
    """Whether it is what a held step itself came to."""
    if event.type not in OUTCOMES or not is_named(event.address, "s", "list"):
        return False
    if event.type != RESULT:
        return True
    own: Any = {"output", "error", "ends"}
    return bool(own & set(event.data))
