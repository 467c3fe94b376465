"""The admin says whose it is."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken


@pytest.mark.django_db
def test_the_admin_bears_the_products_name(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    assert "Countersign" in page
    assert "Django" not in page


@pytest.mark.django_db
def test_every_page_has_the_products_sign(client: Client) -> None:
    sign = client.get("/favicon.ico")
    assert sign.status_code == 302
    assert "countersign" in sign.headers["Location"]
    for address in ("/admin/login/", "/accounts/login/"):
        page = client.get(address).content.decode()
        assert f'rel="icon" href="{sign.headers["Location"]}"' in page


@pytest.mark.django_db
def test_the_admin_wears_the_products_colours(client: Client) -> None:
    page = client.get("/admin/login/").content.decode()
    base, ours = page.index("admin/css/base"), page.index("css/admin")
    assert base < ours  # the later of two alike wins


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "sign_ins", "tokens"),
    [
        ("en", "Sign-in attempts", "API tokens"),
        ("ja", "サインインの試行", "APIトークン"),
    ],
)
def test_what_packages_keep_is_called_by_what_it_is(
    client: Client, language: str, sign_ins: str, tokens: str
) -> None:
    client.force_login(User.objects.create_superuser("root"))
    headers = {"Accept-Language": language}
    apps = client.get("/admin/", headers=headers).context["available_apps"]
    names = {app["app_label"]: app["name"] for app in apps}
    assert (names["axes"], names["knox"]) == (sign_ins, tokens)


@pytest.mark.django_db
def test_tokens_are_made_shown_once_and_revoked_but_never_changed(
    client: Client,
) -> None:
    root = User.objects.create_superuser("root")
    rita = User.objects.create_user("rita")
    client.force_login(root)
    here = "/admin/knox/authtoken/"
    made = client.post(f"{here}add/", {"user": rita.pk}, follow=True)
    token = AuthToken.objects.get()
    assert f"TOKEN {token.token_key}" in made.content.decode()
    listed = client.get(here).content.decode()
    assert "rita" in listed
    assert f"{token.token_key}…" in listed
    page = client.get(f"{here}{token.pk}/change/").content.decode()
    assert "field-expiry" in page
    assert "field-digest" not in page
    response = client.post(f"{here}{token.pk}/change/", {"user": root.pk})
    assert response.status_code == 403
    client.post(f"{here}{token.pk}/delete/", {"post": "yes"})
    assert not AuthToken.objects.exists()
