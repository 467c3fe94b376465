"""Who sees that the data is made up."""

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import RequestFactory, TestCase

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
