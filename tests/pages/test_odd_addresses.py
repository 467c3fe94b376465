"""Addresses nobody means well, on both databases."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(User.objects.create_user("alice"))
    return client


@pytest.mark.parametrize("address", ["/runs/%00/", "/approvals/a%00b/", "/%00"])
def test_an_address_with_nul_leads_nowhere(alice: Client, address: str) -> None:
    assert alice.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/", "/runs/"])
@pytest.mark.parametrize("name", ["q", "status", "workflow", "view", "cursor", "page"])
def test_nul_in_a_question_harms_nothing(
    alice: Client, address: str, name: str
) -> None:
    assert alice.get(address, {name: "a\0b"}).status_code < 500
