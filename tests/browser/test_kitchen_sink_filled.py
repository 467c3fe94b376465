"""The kitchen sink example once more: each field filled in, then each one wrong."""

import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_kitchen_sink import GO_AHEAD, ask

PDF = {"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 offer"}
PLAN = {
    "name": "plan.png",
    "mimeType": "image/png",
    "buffer": b"\x89PNG\r\n\x1a\n plan",
}
NOTE = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"no picture"}

# What a person types, by the field's name; all but files, boxes, radios and rows.
TEXTS = {
    "comment": "Fine, but measure twice.",
    "notes": "We **look forward** to it.",
    "supplier": "Almblick & Söhne",
    "amount": "4,250.75",
    "needed_on": "2027-02-01",
    "visits": "3",
    "tolerance": "0.25",
    "starts_at": "2027-01-11T08:30",
    "daily_from": "07:45",
    "reference": "6f1c8b0e-3f0b-4f5e-9c55-0d6f2f1f7a10",
    "code.__secret": "1234#",
    "address.street": "Elm Row 4",
    "address.city": "Leith",
    "billing.street": "High Street 1",
    "billing.city": "Perth",
    "lines.0.what": "Cupboards",
    "lines.0.amount": "99.50",
    "tags.0": "kitchen",
    "pay_by.transfer.iban": "DE89370400440532013000",
    "deposit.0": "500",
    "limits.0.key": "noise",
    "limits.0.value": "55",
    "size.0": "300",
    "size.1": "65",
    "period.start": "2027-01-11",
    "period.end": "2027-01-15",
    "team.name": "Fitters",
    "team.reports_to.name": "Works",
    "extra.__json": '{"floor": 3}',
}
CHOSEN = {
    "press": "true",
    "country": "GB",
    "address.country": "GB",
    "billing.country": "FR",
}
# Where the answer holds something else than was typed.
AS_STORED: dict[str, tuple[str, Any]] = {
    "code.__secret": ("code", "1234#"),
    "amount": ("amount", "4250.75"),
    "visits": ("visits", 3),
    "tolerance": ("tolerance", 0.25),
    "starts_at": ("starts_at", "2027-01-11T08:30:00Z"),
    "daily_from": ("daily_from", "07:45:00"),
    "pay_by.transfer.iban": ("pay_by.iban", "DE89370400440532013000"),
    "deposit.0": ("deposit", 500),
    "limits.0.key": ("limits.noise", 55),
    "limits.0.value": ("limits.noise", 55),
    "size.0": ("size.0", 300),
    "size.1": ("size.1", 65),
    "extra.__json": ("extra.floor", 3),
    "press": ("press", True),
    "colour": ("colour", "oak"),
}
STORED = f"""{GO_AHEAD}
from approvals.models import Decision
print(Decision.objects.get(approval_id=PK).answer)
"""
WRONG = {
    "comment": "x" * 401,
    "notes": "x" * 2001,
    "supplier": "A",
    "amount": "a lot",
    "needed_on": "",
    "visits": "99",
    "tolerance": "about half",
    "starts_at": "",
    "reference": "no uuid",
    "address.street": "El",
    "address.city": "L",
    "billing.street": "",
    "billing.city": "P",
    "lines.0.what": "",
    "lines.0.amount": "-3",
    "tags.0": "far longer than twelve",
    "pay_by.card.last_digits": "12",
    "deposit.0": "0",
    "limits.0.key": "noise",
    "limits.0.value": "loud",
    "size.0": "wide",
    "period.start": "2027-01-15",
    "period.end": "2027-01-11",
    "team.name": "F",
    "extra.__json": "{floor: 3",
}


def test_every_field_is_filled_in_even_the_optional_ones(site: Site) -> None:
    address = ask(site)
    page = site.open("alice", address)
    open_every_part(page, pay_by="transfer")
    page.locator("button[value='add:answer.team.reports_to']").click()
    expect(control(page, "team.reports_to.name")).to_be_visible()
    fill(page, TEXTS)
    for name, value in CHOSEN.items():
        control(page, name).select_option(value)
    page.locator("[name='answer.colour'][value='oak']").check()
    page.locator("[name='answer.currency'][value='GBP']").check()
    page.locator("[name='answer.informed'][value='true']").check()
    tick(page, "insured")
    page.locator("[name='answer.rooms']").first.check()
    control(page, "offer.__file").set_input_files(PDF)
    control(page, "plans.0.__file").set_input_files(PLAN)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("You approved this.")).to_be_visible()
    stored = site.shell(STORED.replace("PK", repr(address.split("/")[2])))
    answer = dict(flat(json.loads(stored.splitlines()[-1])))
    for name, text in {**TEXTS, **CHOSEN, "colour": "oak"}.items():
        where, value = AS_STORED.get(name, (name, text))
        assert answer[where] == value, name
    assert (answer["approved"], answer["informed"], answer["insured"]) == (True,) * 3
    assert answer["rooms.0"] == "kitchen"
    assert (answer["offer.name"], answer["plans.0.name"]) == ("offer.pdf", "plan.png")
    assert (answer["team.reports_to.reports_to"], answer["lines.2.what"]) == (
        None,
        "Fitting",
    )


def test_every_field_wrong_at_once_is_named_and_kept(site: Site) -> None:
    address = ask(site)
    page = site.open("alice", address)
    open_every_part(page, pay_by="card")
    fill(page, WRONG)
    control(page, "offer.__file").set_input_files(NOTE)
    page.get_by_role("button", name="Approve").click()
    summary = page.locator("[data-sf-summary]")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    expect(links).to_have_count(26)
    for link in links.all():
        target = str(link.get_attribute("href"))[1:]
        expect(page.locator(f"[id='{target}']")).to_be_visible()
    for name, text in WRONG.items():
        expect(control(page, name)).to_have_value(text)
    answer = page.request.get(f"/api/v1{address}").json()
    assert (answer["status"], answer["version"]) == ("open", 1)


def open_every_part(page: Page, *, pay_by: str) -> None:
    """A first row in each list, the part behind each box, one way to pay."""
    for name, first in (("tags", "0"), ("plans", "0.__file"), ("limits", "0.key")):
        page.locator(f"button[value='add:answer.{name}']").click()
        expect(control(page, f"{name}.{first}")).to_be_visible()
    for name, first in (("billing", "street"), ("team", "name")):
        tick(page, f"{name}.__on")
        expect(control(page, f"{name}.{first}")).to_be_visible()
    page.locator(f"[name='answer.pay_by.__variant'][value='{pay_by}']").check()
    page.locator("[name='answer.deposit.__variant']").first.check()


def tick(page: Page, name: str) -> None:
    page.locator(f"[name='answer.{name}']").check()


def control(page: Page, name: str) -> Any:
    return page.locator(f"[name='answer.{name}']")


def fill(page: Page, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        control(page, name).fill(text)


def flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each plain value of the answer by its place."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield from flat(part, f"{place}.{key}" if place else str(key))
    else:
        yield place, value
