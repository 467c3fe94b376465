"""What a mail says, and that nothing in it does anything."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from approvals import ApprovalPolicy
from approvals.notifications.inert import inert, one_line
from tests.notifications.conftest import Office

NASTY = '<script>alert(1)</script> {{7*7}} "><img src=x> javascript:alert(1)'


def html_of(letter: Any) -> str:
    (alternative,) = letter.alternatives
    return str(alternative[0])


def test_a_comment_is_inert_in_text_and_html(office: Office) -> None:
    approval = office.ask()
    office.post()
    comment = f"{NASTY}\nsee https://evil.example or mail me@evil.example"
    data = {"approved": True, "comment": comment}
    office.answer(approval, office.alice, data=data)
    office.post()
    letter = mail.outbox[-1]
    assert "> <script>alert(1)</script> {{7*7}}" in letter.body
    html = html_of(letter)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "{{7*7}}" in html
    for written in (letter.body, html):
        assert "://evil" not in written
        assert "evil.example" not in written
        assert "me@" not in written.replace("@\u2060", "")
        assert "javascript:a" not in written


def test_a_title_can_not_reach_the_headers(office: Office) -> None:
    office.ask(
        ApprovalPolicy(users=["alice"], title="Pay?\r\nBcc: all@evil.example\x07\u202e")
    )
    office.post()
    (letter,) = mail.outbox
    assert "\n" not in letter.subject
    assert letter.message()["Bcc"] is None
    assert letter.recipients() == ["alice@desk.example"]
    assert not [c for c in str(letter.subject) if not c.isprintable() and c != "\u2060"]


def test_a_subject_is_one_line_of_a_sensible_length() -> None:
    assert one_line("a\r\nb\x00c\u202ed") == "a bcd"
    assert len(one_line("long " * 100)) == 200


@pytest.mark.parametrize(
    "text",
    [
        "412.50 EUR",
        "1.5 GB at 10:30",
        "What? Yes: all of it.",
        "Ines Hill",
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_a_name_from_right_to_left_moves_no_number() -> None:
    title = "Pay عمر حداد 2,460.00 USD?"
    assert inert(title) == "Pay \u2068عمر حداد\u2069 2,460.00 USD?"
    assert "\u2068عمر" in one_line(inert(title))


def test_what_is_hidden_is_shown() -> None:
    assert inert("pay\u202e me") == "pay[U+202E] me"


def test_a_mail_names_itself_alike_at_each_attempt_and_answers_nobody(
    office: Office,
) -> None:
    office.ask(ApprovalPolicy(users=["alice"]))
    office.post()
    headers = mail.outbox[0].message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"].startswith("<countersign-")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other", "Decision needed: Pay?"),
        ("mail", "any"),
        ("opened", "kind"),
        ("{workflow}/mail", "workflow"),
        ("{workflow}/opened", "workflow and kind"),
        ("{workflow}/ask/mail", "step"),
        ("{workflow}/ask/opened", "step and kind"),
    ],
)
def test_templates_are_replaced_by_workflow_step_and_kind(
    office: Office, settings: Any, tmp_path: Path, name: str, expected: str
) -> None:
    """The more special one counts."""
    flow = office.workflow(ApprovalPolicy(users=["alice"]), "expense")
    names = ["mail", "opened", "{workflow}/mail", "{workflow}/opened"]
    names += ["{workflow}/ask/mail", "{workflow}/ask/opened"]
    general = names[: names.index(name)] if name in names else []
    for each in [*general, name]:
        path = tmp_path / "notifications" / f"{each}.subject.txt"
        path = Path(str(path).format(workflow="expense"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(expected if each == name else "more general")
    with_own_templates(settings, tmp_path)
    office.start(flow)
    office.post()
    assert mail.outbox[0].subject == expected


def test_a_replaced_text_needs_no_escaping_of_its_own(
    office: Office, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "notifications").mkdir()
    for part in ("txt", "html"):
        path = tmp_path / "notifications" / f"mail.{part}"
        path.write_text("<{{ item.title }}>")
    with_own_templates(settings, tmp_path)
    office.ask(ApprovalPolicy(users=["alice"]), title="Fish & <chips>?")
    office.post()
    assert mail.outbox[0].body == "<Fish & <chips>?>\n"
    assert html_of(mail.outbox[0]) == "<Fish &amp; &lt;chips&gt;?>"


def with_own_templates(settings: Any, directory: Path) -> None:
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [directory, *engine["DIRS"]]}]
