"""The rules of eligibility by themselves, without a database."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from approvals.persons import NOBODY, Person
from approvals.policies import Asked, judge

ALICE, BOB, CAROL, INITIATOR = 1, 2, 3, 4
MANAGERS, FINANCE = 10, 11

alice = Person(id=ALICE, active=True, groups=frozenset({MANAGERS}))
bob = Person(id=BOB, active=True)
carol = Person(id=CAROL, active=True, groups=frozenset({FINANCE}))
initiator = Person(id=INITIATOR, active=True, groups=frozenset({MANAGERS}))
superuser = Person(id=9, active=True, views_all=lambda: True)

asked = Asked(
    open=True,
    users=frozenset({BOB}),
    groups=frozenset({MANAGERS}),
    initiator=INITIATOR,
    exclude_initiator=True,
    voters=frozenset(),
)


def test_members_of_a_group_and_named_users_decide() -> None:
    for person in (alice, bob):
        assert judge(person, asked).may_decide
        assert judge(person, asked).reasons == ()


def test_whoever_was_not_asked_neither_sees_nor_decides() -> None:
    for person in (carol, NOBODY):
        assert not judge(person, asked).may_view
        assert not judge(person, asked).may_decide


def test_the_initiator_sees_and_may_decide_only_without_four_eyes() -> None:
    guarded = judge(initiator, asked)
    assert guarded.may_view
    assert not guarded.may_decide
    assert guarded.reasons == (
        "You started this yourself; somebody else has to decide.",
    )
    assert judge(initiator, replace(asked, exclude_initiator=False)).may_decide
    stranger = replace(initiator, groups=frozenset())
    assert judge(stranger, asked).may_view
    assert not judge(stranger, replace(asked, exclude_initiator=False)).may_decide


def test_a_superuser_sees_everything_and_decides_nothing_by_that() -> None:
    verdict = judge(superuser, asked)
    assert verdict.may_view
    assert not verdict.may_decide
    assert verdict.reasons == ("You are not among the people who were asked.",)


def test_an_inactive_account_loses_both() -> None:
    verdict = judge(replace(alice, active=False), asked)
    assert not verdict.may_view
    assert not verdict.may_decide
    assert "Your account is not active." in verdict.reasons


def test_a_former_member_loses_both() -> None:
    assert judge(replace(alice, groups=frozenset()), asked).may_view is False


def test_nobody_decides_what_nobody_was_assigned_to() -> None:
    nobody_asked = replace(asked, users=frozenset(), groups=frozenset())
    assert not judge(alice, nobody_asked).may_view
    assert judge(superuser, nobody_asked).reasons == (
        "Nobody is assigned yet; an operator has to do that first.",
    )


def test_nobody_votes_twice_or_after_the_end() -> None:
    voted = judge(alice, replace(asked, voters=frozenset({ALICE})))
    assert voted.reasons == ("You have already voted.",)
    closed = judge(alice, replace(asked, open=False))
    assert closed.may_view
    assert closed.reasons == ("This no longer waits for an answer.",)


ids = st.frozensets(st.integers(1, 4), max_size=4)


@given(
    person=st.builds(
        Person,
        id=st.integers(1, 4),
        active=st.booleans(),
        groups=ids,
        views_all=st.sampled_from([lambda: True, lambda: False]),
    ),
    asked=st.builds(
        Asked,
        open=st.booleans(),
        users=ids,
        groups=ids,
        initiator=st.one_of(st.none(), st.integers(1, 4)),
        exclude_initiator=st.booleans(),
        voters=ids,
    ),
)
def test_deciding_needs_every_condition_and_a_refusal_has_a_reason(
    person: Person, asked: Asked
) -> None:
    verdict = judge(person, asked)
    assert verdict.may_decide == (
        asked.open
        and person.active
        and (person.id in asked.users or bool(person.groups & asked.groups))
        and not (asked.exclude_initiator and person.id == asked.initiator)
        and person.id not in asked.voters
    )
    assert verdict.may_decide == (not verdict.reasons)
    assert verdict.may_view or not verdict.may_decide
