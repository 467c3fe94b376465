"""Every kind of value that can be shown, and of field that can be filled in."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from approvals import Upload, UploadLimits

Markdown = Annotated[
    str, Field(max_length=2000, json_schema_extra={"widget": "markdown"})
]
Mail = Annotated[str, Field(json_schema_extra={"format": "email"})]
Receipt = Annotated[
    Upload, UploadLimits(max_size=2_000_000, types=("application/pdf", "image/*"))
]
Picture = Annotated[str, Field(json_schema_extra={"widget": "image"})]
Money = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=2)]


class Currency(StrEnum):
    """What the supplier is paid in."""

    EURO = "EUR"
    POUND = "GBP"
    YEN = "JPY"


# fmt: off
CountryCode = Literal[
    "AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR",
    "GB", "IE", "IT", "JP", "NL", "NO", "PL", "PT", "SE",
]
COUNTRIES = [
    "Austria", "Belgium", "Switzerland", "Czechia", "Germany", "Denmark", "Spain",
    "Finland", "France", "United Kingdom", "Ireland", "Italy", "Japan", "Netherlands",
    "Norway", "Poland", "Portugal", "Sweden",
]
# fmt: on
# More than fifteen: the list gets a search.
Country = Annotated[CountryCode, Field(json_schema_extra={"labels": [*COUNTRIES]})]


class Item(BaseModel):
    """One line of the order."""

    what: str = Field(min_length=2, max_length=60)
    amount: Money
    currency: Currency = Currency.EURO


class Card(BaseModel):
    """Paid by card."""

    kind: Literal["card"] = "card"
    last_digits: str = Field(pattern=r"^\d{4}$")


class Transfer(BaseModel):
    """Paid by transfer."""

    kind: Literal["transfer"] = "transfer"
    iban: str = Field(min_length=15, max_length=34, title="IBAN")


class Address(BaseModel):
    """Where something goes."""

    street: str = Field(min_length=3)
    city: str = Field(min_length=2)
    country: Country = "DE"


class Team(BaseModel):
    """A team, and the team that it reports to."""

    name: str = Field(min_length=2)
    reports_to: Team | None = None


class Period(BaseModel):
    """From one day to another."""

    start: date
    end: date

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        """A period has at least one day."""
        if self.end < self.start:
            raise ValueError("The end comes before the start.")
        return self


class Terms(BaseModel):
    """What was agreed on."""

    days_to_pay: int
    discount: Decimal


class TermsChange(BaseModel):
    """The terms as they are, and as they would be."""

    model_config = ConfigDict(json_schema_extra={"widget": "change"})

    before: Terms
    after: Terms


class TextChange(BaseModel):
    """A clause as it is, and as it would be."""

    model_config = ConfigDict(json_schema_extra={"widget": "change"})

    before: str
    after: str


class Order(BaseModel):
    """What the reviewer reads, and what the run starts with."""

    title: str = "Order the new kitchen?"
    summary: Markdown
    supplier: str
    alarm_code: SecretStr | None = None
    website: HttpUrl
    contact: Mail
    logo: Picture
    amount: Money
    currency: Currency = Currency.EURO
    needed_on: date
    offered_at: AwareDatetime
    insured: bool
    lines: list[Item] = Field(min_length=1)
    pay_by: Annotated[Card | Transfer, Field(discriminator="kind")]
    terms: TermsChange
    clause: TextChange
    small_print: str
    marks: dict[str, int] = {}
    remark: str | None = None


class Answer(BaseModel):
    """What the reviewer answers."""

    approved: bool
    comment: str = Field(
        "",
        max_length=400,
        json_schema_extra={"reasons": ["Too expensive", "Too late in the year"]},
    )
    notes: Markdown = Field("", description="The supplier reads this.")
    supplier: str = Field(min_length=2, max_length=60)
    amount: Money
    needed_on: date
    visits: int = Field(ge=1, le=10, description="How often somebody comes to measure.")
    tolerance: float = 0.5
    informed: bool = Field(title="Has the landlord agreed?")
    insured: bool = False
    press: bool | None = Field(None, title="May they show photographs?")
    colour: Literal["white", "oak", "green"] = "white"
    currency: Currency = Currency.EURO
    country: Country = "DE"
    rooms: set[Literal["kitchen", "pantry", "hall"]] = set()
    starts_at: AwareDatetime
    daily_from: time | None = None
    reference: UUID | None = None
    offer: Receipt | None = Field(None, title="The signed offer")
    plans: list[Receipt] = []
    code: SecretStr | None = Field(None, title="Door code")
    address: Address
    billing: Address | None = None
    lines: list[Item] = Field(min_length=1, max_length=20)
    tags: list[Annotated[str, Field(min_length=1, max_length=12)]] = []
    pay_by: Annotated[Card | Transfer, Field(discriminator="kind")]
    deposit: Annotated[int, Field(ge=1)] | Literal["none"] = "none"
    limits: dict[str, int] = {}
    size: tuple[int, int] = (240, 60)
    period: Period
    team: Team | None = None
    extra: Any = None

    @model_validator(mode="after")
    def days_belong_together(self) -> Self:
        """Work can't begin after the kitchen is needed."""
        if self.period.start > self.needed_on:
            raise PydanticCustomError(
                "value_error",
                "The work begins after the kitchen is needed.",
                {"field": "needed_on"},
            )
        return self


class Outcome(BaseModel):
    """What became of the order."""

    ordered: bool
    amount: Decimal | None = None
    reason: str = ""
