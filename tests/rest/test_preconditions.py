"""`If-Match`: the digest of what was shown, where HTTP has a place for it."""

from typing import Any

from approvals.models import Approval, Decision
from tests.rest.scenes import API, RestCase


class IfMatchTests(RestCase):
    def setUp(self) -> None:
        super().setUp()
        self.approval: Approval = self.ask()
        self.body = self.answer(self.approval)
        self.digest: str = self.body.pop("digest")

    def send(self, tag: str, act: str = "decide", **body: Any) -> Any:
        path = f"{API}/approvals/{self.approval.pk}/{act}/"
        return self.call("POST", path, body, user=self.alice, headers={"If-Match": tag})

    def test_the_header_alone_says_what_was_shown(self) -> None:
        response = self.send(f'"{self.digest}"', **self.body)
        assert response.status_code == 200, response.content
        assert Decision.objects.get().digest == self.digest

    def test_header_and_body_may_say_the_same(self) -> None:
        response = self.send(f'"{self.digest}"', **self.body, digest=self.digest)
        assert response.status_code == 200, response.content

    def test_the_tag_of_other_content_is_stale(self) -> None:
        stale = self.send(f'"{"0" * 64}"', **self.body)
        self.assert_problem(stale, 409, "since it was shown")

    def test_a_header_that_contradicts_the_body_decides_nothing(self) -> None:
        for tag, digest in (("0" * 64, self.digest), (self.digest, "0" * 64)):
            response = self.send(f'"{tag}"', **self.body, digest=digest)
            self.assert_problem(response, 400, "different digests")
        assert not Decision.objects.exists()

    def test_what_proves_nothing_is_refused(self) -> None:
        tag = f'"{self.digest}"'
        for header in ("*", f"W/{tag}", f'{tag}, "b"', self.digest, '""', ""):
            with self.subTest(header=header):
                response = self.send(header, **self.body, digest=self.digest)
                self.assert_problem(response, 400, "If-Match")
        assert not Decision.objects.exists()

    def test_changes_are_asked_for_of_what_was_shown_too(self) -> None:
        words = {"text": "Which invoice?", "version": 1}
        stale = self.send(f'"{"0" * 64}"', "request-changes", **words)
        self.assert_problem(stale, 409, "since it was shown")
        sent = self.send(f'"{self.digest}"', "request-changes", **words)
        assert sent.status_code == 200, sent.content
        assert sent.json()["sent_back_at"]
