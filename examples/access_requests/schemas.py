"""The shapes of an access request: what is asked for, answered, and left behind."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

LongText = Annotated[
    str, Field(max_length=2000, json_schema_extra={"widget": "textarea"})
]
ADMIN_HOURS = 8


class System(StrEnum):
    """The production systems that hand out temporary access."""

    ORDERS_DB = "orders-db"
    PAYMENTS_API = "payments-api"
    CUSTOMER_DATA = "customer-data"
    SEARCH_CLUSTER = "search-cluster"
    KUBERNETES = "kubernetes-prod"
    DNS = "dns"


class Level(StrEnum):
    """How much the engineer may do there."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Risk(StrEnum):
    """How careful the reviewer should be."""

    LOW = "low"
    ELEVATED = "elevated"
    HIGH = "high"


class AccessRequest(BaseModel):
    """What an engineer asks for."""

    engineer: str = Field(min_length=2, max_length=80)
    system: System
    level: Level
    hours: int = Field(ge=1, le=72, description="Taken back by itself afterwards.")
    reason: LongText = Field(
        min_length=20, description="What you are going to do there, and why now."
    )
    ticket: str | None = Field(
        None,
        pattern=r"^(INC|CHG|OPS)-\d{3,6}$",
        description="Such as INC-4711. Required for anything but read access.",
    )

    @model_validator(mode="after")
    def more_power_needs_more_paper(self) -> Self:
        """Changing things needs a ticket; admin access is for a working day."""
        if self.level is not Level.READ and self.ticket is None:
            raise PydanticCustomError(
                "value_error",
                "{level} access needs a ticket.",
                {"level": self.level.capitalize(), "field": "ticket"},
            )
        if self.level is Level.ADMIN and self.hours > ADMIN_HOURS:
            raise PydanticCustomError(
                "value_error",
                "Admin access is for at most {most} hours.",
                {"most": ADMIN_HOURS, "field": "hours"},
            )
        return self


class AssessedRequest(BaseModel):
    """A request with its risk; travels from step to step."""

    request: AccessRequest
    risk: Risk
    concerns: list[str]


class AccessQuestion(BaseModel):
    """What the person on call reads."""

    title: str
    engineer: str
    system: System
    level: Level
    duration: str = Field(title="For")
    risk: Risk
    concerns: list[str] = Field([], exclude_if=lambda found: not found)
    ticket: str | None
    reason: str


class AccessAnswer(BaseModel):
    """What the person on call answers."""

    decision: Literal["grant", "reject"]
    hours: int | None = Field(
        None,
        ge=1,
        le=72,
        title="Shorten to",
        description="Hours. Leave empty to grant what was asked; never longer.",
    )
    comment: LongText = Field("", description="The engineer reads this.")

    @model_validator(mode="after")
    def hours_belong_to_a_grant(self) -> Self:
        """A rejected request has no duration."""
        if self.decision == "reject" and self.hours is not None:
            raise PydanticCustomError(
                "value_error",
                "A rejection has no hours; clear the field.",
                {"field": "hours"},
            )
        return self


class ApprovedAccess(BaseModel):
    """What is to be opened."""

    engineer: str
    system: System
    level: Level
    hours: int


class OpenAccess(BaseModel):
    """What is open now, and until when."""

    key: str
    system: System
    expires_at: AwareDatetime


class AccessOutcome(BaseModel):
    """How the request ended."""

    granted: bool
    revoked_at: datetime | None = None
    reason: str = ""
