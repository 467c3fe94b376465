"""A verdict has one word, in subjects, in texts and on pages, in each language."""

from typing import Literal

import pytest
from django.core import mail
from django.utils import translation
from pydantic import BaseModel

from approvals.notifications import locales
from approvals.pages import wording
from approvals.templatetags.countersign import approval_badge, verdict_badge
from tests.notifications.conftest import Office

ENGLISH = {
    "approve": ("Approved", "approved this.", ": approved"),
    "reject": ("Rejected", "rejected this.", ": rejected"),
    "ship-it": ("Ship it", "answered this: Ship it.", ": answered: Ship it"),
}
JAPANESE = {
    "approve": ("承認済み", "承認しました。", ": 承認"),
    "reject": ("却下済み", "却下しました。", ": 却下"),
}


class Choice(BaseModel):
    decision: Literal["approve", "reject", "ship-it"]


def told(office: Office, decision: str) -> tuple[str, str]:
    """What who asked is told of an answer: subject and text."""
    approval = office.ask(resume_schema=Choice)
    office.post()
    office.answer(approval, office.alice, data={"decision": decision})
    office.post()
    return str(mail.outbox[-1].subject), str(mail.outbox[-1].body)


@pytest.mark.parametrize("decision", ENGLISH)
def test_a_mail_has_one_word_for_a_verdict(office: Office, decision: str) -> None:
    label, sentence, vote = ENGLISH[decision]
    subject, text = told(office, decision)
    assert subject == f"{label}: Pay?"
    assert f"Alice Young {sentence}" in text
    assert f"Alice Young{vote}\n" in text


@pytest.mark.parametrize("decision", JAPANESE)
def test_so_it_has_in_japanese(office: Office, decision: str) -> None:
    locales.choose(office.ines.pk, language="ja")
    label, sentence, vote = JAPANESE[decision]
    subject, text = told(office, decision)
    assert subject == f"{label}: Pay?"
    assert sentence in text.splitlines()[0]
    assert f"Alice Young{vote}" in text
    assert decision not in text.lower()


@pytest.mark.parametrize(
    ("verdict", "usual"), [("approve", "approved"), ("reject", "rejected")]
)
def test_pages_have_the_same(verdict: str, usual: str) -> None:
    assert verdict_badge(verdict) == verdict_badge(usual)
    assert approval_badge("decided", verdict) == approval_badge("decided", usual)
    assert wording.answered_by_reader(verdict) == wording.answered_by_reader(usual)
    with translation.override("ja"):
        assert "pprove" not in wording.verdict_label(verdict)
        assert wording.verdict_label(verdict) == wording.verdict_label(usual)
