"""The shapes of a refund: the complaint, the proposal, the answer, the outcome."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

Money = Annotated[Decimal, Field(ge=Decimal("0.01"), max_digits=10, decimal_places=2)]
LongText = Annotated[
    str, Field(max_length=4000, json_schema_extra={"widget": "textarea"})
]


class Currency(StrEnum):
    """Currencies the shop sells in."""

    EUR = "EUR"
    GBP = "GBP"
    PLN = "PLN"
    USD = "USD"


class OrderItem(BaseModel):
    """One line of the order."""

    name: str = Field(min_length=2, max_length=80)
    quantity: int = Field(1, ge=1, le=100)
    unit_price: Money = Field(title="Unit price")


class Complaint(BaseModel):
    """What a customer wrote, and the order it is about."""

    customer: str = Field(min_length=2, max_length=80)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", title="E-mail")
    order: str = Field(pattern=r"^[A-Z]{2}-\d{6}$", description="Such as NL-104882.")
    ordered_on: date = Field(title="Ordered on")
    received_on: date = Field(title="Complaint received on")
    currency: Currency = Currency.EUR
    items: list[OrderItem] = Field(min_length=1, max_length=20)
    shipping: Decimal = Field(Decimal(0), ge=0, max_digits=8, decimal_places=2)
    message: LongText = Field(min_length=10, title="What the customer wrote")

    @model_validator(mode="after")
    def nobody_complains_before_ordering(self) -> Self:
        """Refuse dates in the wrong order."""
        if self.received_on < self.ordered_on:
            raise PydanticCustomError(
                "value_error",
                "The complaint is older than the order.",
                {"field": "received_on"},
            )
        return self

    @property
    def paid(self) -> Decimal:
        """What the customer paid in all."""
        goods = sum((i.unit_price * i.quantity for i in self.items), Decimal(0))
        return goods + self.shipping


class Proposal(BaseModel):
    """What the agent would do."""

    amount: Money
    subject: str = Field(max_length=120)
    body: LongText
    reasoning: str
    confidence: float = Field(ge=0, le=1)


class ProposedRefund(BaseModel):
    """A complaint with the agent's proposal; travels from step to step."""

    complaint: Complaint
    proposal: Proposal


class PaidItem(OrderItem):
    """A line of the order as a support lead reads it, with the order's currency."""

    currency: Currency


class RefundQuestion(BaseModel):
    """What the support lead reads. The last three fields can be edited."""

    title: str
    problem: str | None = Field(
        None, title="Why you are asked again", exclude_if=lambda value: value is None
    )
    customer: str
    order: str
    paid: str
    proposed: str
    confidence: str
    reasoning: str = Field(title="Why the agent proposes this")
    message: str = Field(title="What the customer wrote")
    items: list[PaidItem]
    currency: Currency
    amount: Money
    subject: str
    body: str = Field(title="Drafted mail")


class RefundAnswer(BaseModel):
    """What the support lead answers: the proposal, edited as needed."""

    decision: Literal["send", "reject"]
    amount: Money = Field(title="Refund")
    subject: str = Field(min_length=5, max_length=120)
    body: LongText = Field(min_length=20, title="Mail to the customer")
    comment: LongText = Field("", description="For your colleagues only.")

    @model_validator(mode="after")
    def mail_names_the_amount(self) -> Self:
        """Catch the classic slip: the amount was edited, the mail was not."""
        if self.decision == "send" and f"{self.amount:.2f}" not in self.body:
            raise PydanticCustomError(
                "value_error",
                "The mail doesn't mention the refund of {amount}.",
                {"amount": f"{self.amount:.2f}", "field": "body"},
            )
        return self


class ApprovedRefund(BaseModel):
    """What a person decided to pay and to write."""

    complaint: Complaint
    amount: Money
    subject: str
    body: str
    edited: bool


class PaidRefund(BaseModel):
    """An approved refund whose money is on its way."""

    refund: ApprovedRefund
    reference: str


class RefundOutcome(BaseModel):
    """How the complaint ended."""

    refunded: bool
    amount: Decimal = Decimal(0)
    currency: Currency
    reference: str | None = None
    edited: bool = False
    reason: str = ""
