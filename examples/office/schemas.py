"""What is asked in an office, and what is answered.

The input of each workflow is what its reviewer reads.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from approvals import Upload, UploadLimits

Name = Annotated[str, Field(min_length=2, max_length=80)]
Line = Annotated[str, Field(min_length=2, max_length=120)]
LongText = Annotated[
    str, Field(max_length=2000, json_schema_extra={"widget": "textarea"})
]
Paper = Annotated[
    Upload, UploadLimits(max_size=2_000_000, types=("application/pdf", "image/*"))
]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]


class YesOrNo(BaseModel):
    """The plainest answer."""

    approved: bool
    comment: LongText = Field("", description="Who asked reads this.")


class Result(BaseModel):
    """What became of a request."""

    done: bool
    note: str = ""


class RoomBooking(BaseModel):
    """Somebody would like to have a room."""

    room: Name
    booked_by: Name = Field(title="For")
    starts_at: AwareDatetime = Field(title="From")
    hours: int = Field(ge=1, le=12)
    guests: int = Field(0, ge=0, le=200)
    purpose: Line


class Chair(BaseModel):
    """One of the chairs on offer."""

    name: Name
    price: Decimal = Field(gt=0, max_digits=8, decimal_places=2, title="Price in EUR")
    weeks: int = Field(ge=0, le=52, title="Weeks to wait")
    remark: str = Field("", max_length=200)


class ChairOffer(BaseModel):
    """Three chairs, of which one is bought."""

    team: Name
    pieces: int = Field(ge=1, le=200)
    chairs: list[Chair] = Field(min_length=1, max_length=5)


class ChairChoice(BaseModel):
    """Which chair it shall be: each choice is a button."""

    decision: Literal["swing", "classic", "saddle"] = Field(
        json_schema_extra={
            "labels": ["Order the Swing", "Order the Classic", "Order the Saddle"]
        }
    )
    comment: LongText = Field("", description="For the supplier.")


class NewColleague(BaseModel):
    """Somebody begins, and the first week has to be planned."""

    name: Name
    role: Name
    starts_on: date = Field(title="First day")
    wishes: LongText = ""


class Session(BaseModel):
    """One hour with a colleague."""

    day: Weekday
    topic: Line
    host: Name = Field(title="With whom")


class FirstWeek(BaseModel):
    """The plan of a first week."""

    sessions: list[Session] = Field(
        min_length=1, max_length=20, title="Sessions", description="At least one."
    )
    greeting: LongText = Field("", description="Stands above the plan.")


class Lease(BaseModel):
    """A contract that waits for a signature on paper."""

    office: Name
    landlord: Name
    monthly_rent: Decimal = Field(gt=0, max_digits=9, decimal_places=2)
    currency: Literal["EUR", "GBP"] = "EUR"
    until: date = Field(title="Sign until")


class SignedLease(BaseModel):
    """The signed contract."""

    signed: Paper = Field(
        title="The signed lease",
        description="Sign the paper that the landlord sent, and give a scan of it.",
    )
    comment: LongText = ""


class Announcement(BaseModel):
    """A text for everybody in the house; a reviewer may edit it."""

    headline: Line
    body: LongText = Field(min_length=10, title="Text")
    written_by: Name = Field(title="Written by")


class MissedCall(BaseModel):
    """A customer who asked to be called."""

    customer: Name
    telephone: str = Field(pattern=r"^\+?[0-9 ]{5,20}$")
    called_at: AwareDatetime = Field(title="Called")
    concern: LongText = Field(title="What it is about")


class CallNote(BaseModel):
    """What came of the call."""

    note: LongText = Field(min_length=5, title="What you agreed on")
    call_again: bool = Field(False, title="Somebody has to call once more")


class Leave(BaseModel):
    """Some days off."""

    employee: Name
    first_day: date = Field(title="First day off")
    last_day: date = Field(title="Last day off")
    stands_in: Name = Field(title="Who stands in")
    remark: LongText = ""

    @model_validator(mode="after")
    def days_in_order(self) -> Self:
        """Refuse a leave that ends before it begins."""
        if self.last_day < self.first_day:
            raise PydanticCustomError(
                "value_error", "The leave ends before it begins.", {"field": "last_day"}
            )
        return self


class ParkingPermit(BaseModel):
    """A place in the garage."""

    employee: Name
    plate: str = Field(pattern=r"^[A-Z0-9 -]{3,12}$", title="Number plate")
    until: date


class Mailing(BaseModel):
    """A mail to many customers."""

    subject: Line
    recipients: int = Field(ge=1)
    body: LongText = Field(min_length=10, title="Text")


class MailingAnswer(BaseModel):
    """Send it, or don't."""

    decision: Literal["send", "reject"]
    comment: LongText = ""
