"""The admin says whose it is."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_the_admin_bears_the_products_name(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "Countersign" in page
    assert "Django" not in page
