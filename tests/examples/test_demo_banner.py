"""Who sees that the data is made up."""

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import RequestFactory, TestCase
from django.utils.translation import gettext, override

from examples.demo import people

WORDS = "Demo data: none of this is real."


class BannerTests(TestCase):
    def page_of(self, email: str) -> str:
        user = User.objects.create(username="alice", email=email)
        self.client.force_login(user)
        return self.client.get("/").content.decode()

    def test_an_account_of_the_demo_is_told(self) -> None:
        assert WORDS in self.page_of("alice@demo.example")

    def test_a_real_account_is_not(self) -> None:
        assert WORDS not in self.page_of("alice@notdemo.example")

    def test_a_page_drawn_before_anybody_is_known_has_no_banner(self) -> None:
        request = RequestFactory().get("/")
        assert WORDS not in render_to_string("base.html", request=request)

    def test_nobody_is_told_before_signing_in(self) -> None:
        assert WORDS not in self.client.get("/accounts/login/").content.decode()


class SignInTests(TestCase):
    def page(self, query: str = "") -> str:
        return self.client.get(f"/accounts/login/{query}").content.decode()

    def test_the_page_to_sign_in_says_who_is_there_and_fills_in_who_is_chosen(
        self,
    ) -> None:
        User.objects.create(username="alice", email="alice@demo.example")
        assert "?as=alice&amp;next=%2Fruns%2F" in self.page("?next=/runs/")
        assert 'value="alice"' in self.page("?as=alice")
        assert "Bob Lindqvist" not in self.page()

    def test_beside_a_name_stands_what_to_type(self) -> None:
        User.objects.create(username="mei", email="mei@demo.example")
        assert "<bdi>李梅</bdi></a> <code" in self.page()
        assert ">mei</code>" in self.page()

    def test_what_each_one_does_is_said_in_the_readers_language(self) -> None:
        User.objects.create(username="mei", email="mei@demo.example")
        japanese = {"Accept-Language": "ja"}
        page = self.client.get("/accounts/login/", headers=japanese).content.decode()
        with override("ja"):
            told = {person.role: gettext(person.role) for person in people.SIGN_INS}
        assert told["on call: grants production access"] in page
        assert [role for role, words in told.items() if role == words] == []

    def test_no_other_site_names_anybody(self) -> None:
        User.objects.create(username="alice", email="alice@notdemo.example")
        page = self.page("?as=%22%3E%3Cb%3E")
        assert "Alice Okafor" not in page
        assert "This is a demo" not in page
        assert "<b>" not in page
