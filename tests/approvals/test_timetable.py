"""What a rule plans for a question, and what is left of it as time goes by."""

from datetime import UTC, datetime, timedelta

from approvals import Escalation, timetable
from approvals.rules import ApprovalPolicy, Rule
from approvals.timetable import Kind, Timetable
from tests.approvals.conftest import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rule(**options: object) -> Rule:
    return ApprovalPolicy(**options).rule_for(None, {})  # type: ignore[arg-type]


def planned(table: Timetable) -> list[tuple[str, timedelta]]:
    return [(str(entry.kind), entry.at - NOW) for entry in table.entries]


def test_without_a_due_date_nothing_is_planned() -> None:
    assert timetable.of(rule(), NOW) == Timetable()
    assert Timetable().next_at is None


def test_reminders_come_before_the_due_date_and_the_chain_behind_it() -> None:
    chain = ["directors", Escalation(users=["boss"], after=HOUR), "board"]
    table = timetable.of(
        rule(
            due_in=DAY,
            on_due="escalate",
            escalate_to=chain,
            remind_before=[HOUR, 4 * HOUR, 2 * DAY],
        ),
        NOW,
    )
    assert planned(table) == [
        ("reminder", 20 * HOUR),
        ("reminder", 23 * HOUR),
        ("due", DAY),
        ("escalation", DAY),
        ("escalation", DAY + HOUR),
        ("escalation", 2 * DAY + HOUR),
    ]
    assert table.next_at == NOW + 20 * HOUR
    assert timetable.loads(table.dumps()) == table


def test_what_has_happened_is_gone_and_what_repeats_comes_again() -> None:
    table = timetable.of(rule(due_in=DAY, remind_every=10 * HOUR), NOW)
    assert planned(table) == [("reminder", 10 * HOUR), ("due", DAY)]
    later = table.after(NOW + 10 * HOUR)
    assert planned(later) == [("reminder", 20 * HOUR), ("due", DAY)]
    assert planned(later.after(NOW + 20 * HOUR)) == [
        ("due", DAY),
        ("reminder", 30 * HOUR),
    ]


def test_reminders_missed_while_nobody_worked_are_not_made_up_for() -> None:
    table = timetable.of(rule(remind_every=HOUR), NOW)
    assert len(table.due(NOW + 5 * HOUR)) == 1
    assert planned(table.after(NOW + 5 * HOUR)) == [("reminder", 6 * HOUR)]


def test_a_moved_due_date_takes_what_counts_from_it_along() -> None:
    table = timetable.of(
        rule(
            due_in=DAY,
            on_due="escalate",
            escalate_to=["board"],
            remind_before=[HOUR],
            remind_every=7 * HOUR,
        ),
        NOW,
    )
    moved = table.moved(NOW + 3 * DAY, 2 * DAY, NOW)
    assert planned(moved) == [
        ("reminder", 7 * HOUR),
        ("reminder", 3 * DAY - HOUR),
        ("due", 3 * DAY),
        ("escalation", 3 * DAY),
    ]
    assert moved.escalations[0].at == NOW + 3 * DAY


def test_a_due_date_that_passed_can_be_given_anew() -> None:
    table = timetable.of(rule(due_in=DAY), NOW).after(NOW + DAY)
    assert planned(table.moved(NOW + 2 * DAY, DAY, NOW + DAY)) == [("due", 2 * DAY)]


def test_working_time_counts_from_the_moment_of_asking(settings: object) -> None:
    settings.APPROVALS = {"WORKING_HOURS": {"hours": ("09:00", "17:00")}}  # type: ignore[attr-defined]
    friday = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    table = timetable.of(
        rule(
            due_in=4 * HOUR,
            working_time=True,
            on_due="escalate",
            escalate_to=["board", "all"],
        ),
        friday,
    )
    monday = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert [entry.at for entry in table.entries] == [
        monday,
        monday,
        monday + 4 * HOUR,
    ]
    assert table.entries[0].kind == Kind.DUE
