"""One model with every kind of field, a good answer, and one of its form."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr, model_validator


class Currency(Enum):
    EURO = "EUR"
    YEN = "JPY"


class Address(BaseModel):
    street: str = Field(min_length=3)
    country: str = "DE"


class Line(BaseModel):
    what: str
    price: Decimal = Field(gt=0, decimal_places=2)


class Card(BaseModel):
    kind: Literal["card"]
    number: str = Field(pattern=r"^\d{4}$")


class Bank(BaseModel):
    kind: Literal["bank"]
    iban: str


class Period(BaseModel):
    start: date
    end: date

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Period:
        if self.end < self.start:
            raise ValueError("the end comes before the start")
        return self


class KitchenSink(BaseModel):
    approved: bool
    comment: str = Field("", max_length=40)
    amount: Decimal = Field(gt=0, max_digits=8, decimal_places=2)
    count: int = Field(ge=1, le=10)
    ratio: float = 0.5
    urgent: bool = False
    informed: bool | None = None
    due: date
    at: time | None = None
    moment: datetime
    currency: Currency
    priority: Literal["low", "normal", "high"] = "normal"
    reference: UUID | None = None
    password: SecretStr | None = None
    address: Address
    billing: Address | None = None
    lines: list[Line] = Field(min_length=1)
    tags: list[Annotated[str, Field(max_length=5)]] = []
    pay: Annotated[Card | Bank, Field(discriminator="kind")]
    limits: dict[str, int] = {}
    size: tuple[int, int] = (1, 2)
    channels: set[Literal["mail", "push"]] = set()
    either: int | Annotated[str, Field(min_length=2)] = 0
    period: Period
    anything: Any = None

    @model_validator(mode="after")
    def rejecting_needs_a_comment(self) -> KitchenSink:
        if not self.approved and not self.comment:
            raise ValueError("say why you reject this")
        return self


GOOD: dict[str, Any] = {
    "approved": True,
    "comment": "fine",
    "amount": "120.50",
    "count": 3,
    "ratio": 0.25,
    "urgent": True,
    "informed": None,
    "due": "2026-12-31",
    "at": "14:30:00",
    "moment": "2026-07-01T12:00:00Z",
    "currency": "EUR",
    "priority": "high",
    "reference": None,
    "password": None,
    "address": {"street": "Hauptstraße", "country": "DE"},
    "billing": None,
    "lines": [{"what": "pens", "price": "1.50"}, {"what": "ink", "price": "2"}],
    "tags": ["a", "b"],
    "pay": {"kind": "card", "number": "4444"},
    "limits": {"day": 1},
    "size": [3, 4],
    "channels": ["push"],
    "either": "text",
    "period": {"start": "2026-01-01", "end": "2026-01-31"},
    "anything": {"deep": [1, None]},
}
