"""Naming people: chosen from a short list, called as one calls them, never leaked."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.colleagues import MOST
from approvals.models import Approval, Delegation
from tests.pages.conftest import Browser, Desk, allow
from tests.pages.test_acts import act

STANDING_IN = "/preferences/delegations/"


def found(client: Client, purpose: str, **query: str) -> list[str]:
    response = client.get(f"/people/{purpose}/", query)
    assert response.status_code == 200
    return re.findall(r'value="([^"]*)"', response.content.decode())


def stand_in(client: Client, name: str) -> str:
    now = timezone.localtime()
    fields = {
        "delegate": name,
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(days=3):%Y-%m-%dT%H:%M}",
    }
    return client.post(STANDING_IN, fields).content.decode()


def test_each_act_has_its_own_circle(desk: Desk, browser: Browser) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    here = {"approval": approval.pk}
    assert found(alice, "hand-over", **here) == ["bob"]
    assert found(alice, "stand-in") == ["bob"]
    assert found(alice, "assign") == []
    assert found(browser(desk.ines), "hand-over", **here) == []
    assert found(browser(desk.carol), "stand-in") == []
    carol = browser(desk.carol)
    assert carol.get("/people/hand-over/", here).status_code == 404
    assert carol.get("/people/everybody/").status_code == 404
    olga = browser(allow(desk.person("olga", "Olga", "Frost"), "assign_approval"))
    assert found(olga, "assign") == ["alice", "bob", "carol", "ines", "olga"]


def test_who_left_is_not_offered(desk: Desk, browser: Browser) -> None:
    User.objects.filter(username="bob").update(is_active=False)
    assert found(browser(desk.alice), "stand-in") == []


def test_it_looks_in_names_and_keeps_what_stands_before(
    desk: Desk, browser: Browser
) -> None:
    olga = browser(allow(desk.person("olga", "Olga", "Frost"), "assign_approval"))
    assert found(olga, "assign", users="ca") == ["carol"]
    assert found(olga, "assign", users="west car") == ["carol"]
    assert found(olga, "assign", users="bob, ali") == ["bob, alice"]
    assert found(olga, "assign", users="<b>") == []


def test_however_many_there_are_a_few_are_offered_by_as_many_queries(
    desk: Desk, browser: Browser
) -> None:
    approval = desk.ask()
    alice = browser(desk.alice)
    alice.get("/")
    asked = []
    for many in (1, 60):
        people = [User(username=f"p{many}-{n}", first_name="Pat") for n in range(many)]
        desk.managers.user_set.add(*User.objects.bulk_create(people))
        with CaptureQueriesContext(connection) as queries:
            names = found(alice, "hand-over", approval=approval.pk, username="pat")
        assert len(names) == min(many, MOST)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "name", ["bob", "Bob Stone", "  bob   STONE ", "Bob@desk.example"]
)
def test_a_name_is_understood_as_people_say_it(
    desk: Desk, browser: Browser, name: str
) -> None:
    User.objects.filter(username="bob").update(email="bob@desk.example")
    approval = desk.ask()
    act(browser(desk.alice), approval, "hand-over", username=name)
    approval.refresh_from_db()
    assert approval.claimed_by == desk.bob
    stand_in(browser(desk.alice), name)
    assert Delegation.objects.get().delegate == desk.bob
    olga = browser(allow(desk.person("olga", "Olga", "Frost"), "assign_approval"))
    act(olga, approval, "assign", users=f"Alice Young, {name}")
    asked = approval.candidates.values_list("user__username", flat=True)
    assert set(asked) == {"alice", "bob"}


def test_a_name_of_several_is_asked_back_with_what_would_do(
    desk: Desk, browser: Browser
) -> None:
    desk.person("bob2", "Bob", "Stone", desk.managers)
    words = "Bob Stone may be several people. Give one of these: bob, bob2."
    approval = desk.ask()
    response = act(browser(desk.alice), approval, "hand-over", username="Bob Stone")
    assert response.status_code == 422
    page = response.content.decode()
    assert words in page
    assert 'value="Bob Stone"' in page
    assert words in stand_in(browser(desk.alice), "Bob Stone")
    assert not Delegation.objects.exists()
    assert Approval.objects.get(pk=approval.pk).claimed_by is None


def test_the_full_name_of_a_stranger_tells_nothing(
    desk: Desk, browser: Browser
) -> None:
    alice = browser(desk.alice)
    for name in ("Carol West", "Nobody Atall"):
        assert f"nobody called {name}" in stand_in(alice, name)
        response = act(alice, desk.ask(), "hand-over", username=name)
        assert f"{name} is not among the people" in response.content.decode()


def test_a_user_name_never_means_whoever_is_called_so(
    desk: Desk, browser: Browser
) -> None:
    desk.person("other", "carol", "", desk.managers)
    stand_in(browser(desk.alice), "carol")
    assert Delegation.objects.get().delegate == desk.carol


def test_the_first_few_stand_in_the_page_itself(desk: Desk, browser: Browser) -> None:
    alice = browser(desk.alice)
    for address in (f"/approvals/{desk.ask().pk}/", STANDING_IN):
        page = alice.get(address).content.decode()
        assert '<option value="bob" label="Bob Stone">' in page
        assert "carol" not in page
