"""The shapes of an expense claim: what is claimed, asked, answered and paid.

Titles, descriptions and limits written here are what people read on the forms.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, LiteralString, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Money = Annotated[Decimal, Field(ge=Decimal("0.01"), max_digits=10, decimal_places=2)]
LongText = Annotated[
    str, Field(max_length=2000, json_schema_extra={"widget": "textarea"})
]


class Currency(StrEnum):
    """Currencies the company keeps a bank account in."""

    EUR = "EUR"
    CHF = "CHF"
    GBP = "GBP"
    JPY = "JPY"
    PLN = "PLN"
    USD = "USD"


class Category(StrEnum):
    """What the money was spent on."""

    TRAVEL = "travel"
    LODGING = "lodging"
    MEALS = "meals"
    EQUIPMENT = "equipment"
    SOFTWARE = "software"
    TRAINING = "training"
    OTHER = "other"


class Route(StrEnum):
    """Who has to agree before the claim is paid."""

    AUTOMATIC = "automatic"
    MANAGER = "manager"
    MANAGER_AND_FINANCE = "manager-and-finance"


class ExpenseLine(BaseModel):
    """One receipt."""

    model_config = ConfigDict(title="Receipt")

    spent_on: date = Field(title="Date")
    merchant: str = Field(min_length=2, max_length=80)
    category: Category
    amount: Money
    units: int = Field(
        1, ge=1, le=100, title="Nights or people", description="For rooms and meals."
    )
    has_receipt: bool = Field(True, title="Receipt attached")
    note: str = Field("", max_length=200)


class ExpenseClaim(BaseModel):
    """What an employee sends in."""

    employee: str = Field(min_length=2, max_length=80)
    cost_centre: str = Field(
        title="Cost centre",
        pattern=r"^[A-Z]{2,5}-\d{3}$",
        description="Letters, a dash and three digits, such as ENG-210.",
    )
    purpose: LongText = Field(
        min_length=10, description="What the money was for, in a sentence or two."
    )
    period_start: date = Field(title="From")
    period_end: date = Field(title="To")
    currency: Currency = Currency.EUR
    lines: list[ExpenseLine] = Field(min_length=1, max_length=30, title="Receipts")

    @model_validator(mode="after")
    def every_receipt_lies_in_the_period(self) -> Self:
        """Refuse a period that runs backwards, and receipts from outside it."""
        if self.period_end < self.period_start:
            raise PydanticCustomError(
                "value_error",
                "The period ends before it starts.",
                {"field": "period_end"},
            )
        for line in self.lines:
            if not self.period_start <= line.spent_on <= self.period_end:
                raise PydanticCustomError(
                    "value_error",
                    "The receipt from {merchant} ({day}) lies outside the period.",
                    {
                        "merchant": line.merchant,
                        "day": str(line.spent_on),
                        "field": "lines",
                    },
                )
        return self


class CheckedClaim(BaseModel):
    """A claim with what the policy check found out; travels from step to step."""

    claim: ExpenseClaim
    total: Money
    total_eur: Money
    findings: list[str]
    route: Route
    payable: Money


class ClaimedLine(ExpenseLine):
    """A receipt as a reviewer reads it: its amount has the currency of the claim."""

    currency: Currency


class ClaimQuestion(BaseModel):
    """What a reviewer reads."""

    title: str
    problem: str | None = Field(
        None, title="Why you are asked again", exclude_if=lambda value: value is None
    )
    employee: str
    total: str = Field(title="Claimed")
    total_eur: str = Field(title="In euros")
    cost_centre: str = Field(title="Cost centre")
    check: str = Field(title="Policy check")
    period_start: date = Field(title="Period from")
    period_end: date = Field(title="Period to")
    purpose: str
    findings: list[str] = Field(
        [], title="Policy findings", exclude_if=lambda found: not found
    )
    lines: list[ClaimedLine] = Field(title="Receipts")


class ManagerAnswer(BaseModel):
    """What the manager answers."""

    approved: bool = Field(title="Is this claim justified?")
    comment: LongText = Field("", description="The employee reads this.")


class FinanceAnswer(BaseModel):
    """What finance answers."""

    decision: Literal["pay", "pay_reduced", "reject"]
    reduced_amount: Money | None = Field(
        None,
        title="Reduced amount",
        description="Only for a reduced payment, in the currency of the claim.",
    )
    comment: LongText = Field("", description="The employee reads this.")

    @model_validator(mode="after")
    def amount_belongs_to_a_reduced_payment(self) -> Self:
        """A reduced payment names its amount; the other decisions don't."""
        reduced = self.decision == "pay_reduced"
        if reduced and self.reduced_amount is None:
            raise _about_amount("Say which reduced amount to pay.")
        if not reduced and self.reduced_amount is not None:
            raise _about_amount("A reduced amount needs the decision to pay reduced.")
        return self


def _about_amount(words: LiteralString) -> PydanticCustomError:
    """An error that the form shows at the amount, not above all fields."""
    return PydanticCustomError("value_error", words, {"field": "reduced_amount"})


class Reimbursement(BaseModel):
    """How the claim ended."""

    paid: bool
    amount: Decimal = Decimal(0)
    currency: Currency
    reference: str | None = None
    reason: str = ""
