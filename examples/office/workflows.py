"""Nine everyday requests, each with one question and one thing that follows from it.

What differs is how a person answers: by a button, by a choice, with a list, a file or
an edited text, after claiming it, several at once, or with some seconds to undo it.
"""

from typing import Any

from approvals import approval_policy
from workflows import Bailed, StepContext, Suspended, Workflow, step

from .schemas import (
    Announcement,
    CallNote,
    ChairChoice,
    ChairOffer,
    FirstWeek,
    Lease,
    Leave,
    Mailing,
    MailingAnswer,
    MissedCall,
    NewColleague,
    ParkingPermit,
    Result,
    RoomBooking,
    SignedLease,
    YesOrNo,
)


def room_title(booking: RoomBooking) -> str:
    return f"Let {booking.booked_by} have the {booking.room}?"


@approval_policy(
    groups=["managers"], title=room_title, summary=("starts_at", "hours", "guests")
)
@step(suspend_schema=RoomBooking, resume_schema=YesOrNo)
def room_approval(
    booking: RoomBooking, ctx: StepContext[RoomBooking, YesOrNo]
) -> RoomBooking | Suspended | Bailed:
    """A manager says yes or no."""
    if ctx.resume_data is None:
        return ctx.suspend(booking)
    return booking if ctx.resume_data.approved else ctx.bail(_no(ctx.resume_data))


@step(metadata={"effects": ["The room is taken"]})
def book_room(booking: RoomBooking) -> Result:
    """Write it into the calendar of the room."""
    return Result(done=True, note=f"{booking.room}, {booking.hours} h")


def chair_title(offer: ChairOffer) -> str:
    return f"Which chair for {offer.team}?"


@approval_policy(groups=["managers"], title=chair_title, summary=("pieces",))
@step(suspend_schema=ChairOffer, resume_schema=ChairChoice)
def choose_chair(
    offer: ChairOffer, ctx: StepContext[ChairOffer, ChairChoice]
) -> Result | Suspended:
    """A manager chooses one of three."""
    if ctx.resume_data is None:
        return ctx.suspend(offer)
    return Result(done=True, note=f"{offer.pieces} x {ctx.resume_data.decision}")


@step(metadata={"effects": ["The supplier gets the order"]})
def order_chairs(chosen: Result) -> Result:
    """Send the order."""
    return chosen


def week_title(colleague: NewColleague) -> str:
    return f"Plan the first week of {colleague.name}"


@approval_policy(groups=["managers"], title=week_title, summary=("role", "starts_on"))
@step(suspend_schema=NewColleague, resume_schema=FirstWeek)
def plan_week(
    colleague: NewColleague, ctx: StepContext[NewColleague, FirstWeek]
) -> FirstWeek | Suspended:
    """A manager writes down who shows what, and when."""
    return ctx.suspend(colleague) if ctx.resume_data is None else ctx.resume_data


@step(metadata={"effects": ["Everybody in the plan is invited"]})
def invite_hosts(week: FirstWeek) -> Result:
    """Send the invitations."""
    return Result(done=True, note=", ".join(each.host for each in week.sessions))


def lease_title(lease: Lease) -> str:
    return f"Sign the lease of {lease.office}"


@approval_policy(
    groups=["managers"], title=lease_title, summary=("monthly_rent", "until")
)
@step(suspend_schema=Lease, resume_schema=SignedLease)
def sign_lease(
    lease: Lease, ctx: StepContext[Lease, SignedLease]
) -> SignedLease | Suspended:
    """A manager gives the signed paper back."""
    return ctx.suspend(lease) if ctx.resume_data is None else ctx.resume_data


@step(metadata={"effects": ["The landlord gets the paper"]})
def send_lease(lease: SignedLease) -> Result:
    """Send it to the landlord."""
    return Result(done=True, note=lease.signed.name)


def announcement_title(text: Announcement) -> str:
    return f"Publish “{text.headline}”?"


@approval_policy(
    groups=["managers"],
    title=announcement_title,
    summary=("written_by",),
    editable=("headline", "body"),
    require_comment_on_reject=True,
)
@step(suspend_schema=Announcement, resume_schema=YesOrNo)
def edit_announcement(
    text: Announcement, ctx: StepContext[Announcement, YesOrNo]
) -> Announcement | Suspended | Bailed:
    """A manager corrects the text and lets it go out."""
    if ctx.resume_data is None:
        return ctx.suspend(text)
    if not ctx.resume_data.approved:
        return ctx.bail(_no(ctx.resume_data))
    return Announcement.model_validate(_approved(ctx))


@step(metadata={"effects": ["Everybody in the house reads it"]})
def publish(text: Announcement) -> Result:
    """Put it up."""
    return Result(done=True, note=text.headline)


def call_title(call: MissedCall) -> str:
    return f"Call {call.customer} back"


@approval_policy(
    groups=["managers"],
    title=call_title,
    summary=("telephone", "called_at"),
    priority="high",
)
@step(suspend_schema=MissedCall, resume_schema=CallNote)
def call_back(
    call: MissedCall, ctx: StepContext[MissedCall, CallNote]
) -> CallNote | Suspended:
    """One manager claims it, so that the customer is called once."""
    return ctx.suspend(call) if ctx.resume_data is None else ctx.resume_data


@step(metadata={"effects": ["The note is kept with the customer"]})
def keep_note(note: CallNote) -> Result:
    """File what was agreed on."""
    return Result(done=not note.call_again, note=note.note)


def leave_title(leave: Leave) -> str:
    return f"Give {leave.employee} these days off?"


@approval_policy(
    groups=["managers"],
    title=leave_title,
    summary=("first_day", "last_day", "stands_in"),
    editable=("first_day", "last_day", "stands_in"),
    require_comment_on_reject=True,
)
@step(suspend_schema=Leave, resume_schema=YesOrNo)
def leave_approval(
    leave: Leave, ctx: StepContext[Leave, YesOrNo]
) -> Leave | Suspended | Bailed:
    """A manager agrees, or sends it back to be changed."""
    if ctx.resume_data is None:
        return ctx.suspend(leave)
    if not ctx.resume_data.approved:
        return ctx.bail(_no(ctx.resume_data))
    return Leave.model_validate(_approved(ctx))


@step(metadata={"effects": ["The days stand in the calendar"]})
def enter_leave(leave: Leave) -> Result:
    """Write it into the calendar of the team."""
    return Result(done=True, note=f"{leave.first_day} to {leave.last_day}")


def permit_title(permit: ParkingPermit) -> str:
    return f"A parking permit for {permit.employee}?"


@approval_policy(groups=["managers"], title=permit_title, summary=("plate", "until"))
@step(suspend_schema=ParkingPermit, resume_schema=YesOrNo)
def permit_approval(
    permit: ParkingPermit, ctx: StepContext[ParkingPermit, YesOrNo]
) -> ParkingPermit | Suspended | Bailed:
    """A manager says yes or no, best to all of them at once."""
    if ctx.resume_data is None:
        return ctx.suspend(permit)
    return permit if ctx.resume_data.approved else ctx.bail(_no(ctx.resume_data))


@step(metadata={"effects": ["The barrier opens for this car"]})
def open_barrier(permit: ParkingPermit) -> Result:
    """Tell the barrier about the number plate."""
    return Result(done=True, note=permit.plate)


def mailing_title(mailing: Mailing) -> str:
    return f"Mail “{mailing.subject}” to {mailing.recipients:,} customers?"


@approval_policy(
    groups=["managers"],
    title=mailing_title,
    summary=("recipients",),
    undo_window=20,
    require_comment_on_reject=True,
)
@step(suspend_schema=Mailing, resume_schema=MailingAnswer)
def mailing_approval(
    mailing: Mailing, ctx: StepContext[Mailing, MailingAnswer]
) -> Mailing | Suspended | Bailed:
    """A manager lets it go out, and has some seconds to think again."""
    if ctx.resume_data is None:
        return ctx.suspend(mailing)
    if ctx.resume_data.decision == "reject":
        return ctx.bail(Result(done=False, note=ctx.resume_data.comment))
    return mailing


@step(metadata={"effects": ["The mails go out"], "irreversible": True})
def send_mailing(mailing: Mailing) -> Result:
    """Hand it to the mail server."""
    return Result(done=True, note=f"{mailing.recipients} mails")


def _approved(ctx: StepContext[Any, Any]) -> object:
    """The proposal with what the reviewer edited; as it was when code resumed."""
    by = ctx.resumed_by
    return by.get("approved") if isinstance(by, dict) else ctx.input_data


def _no(answer: YesOrNo) -> Result:
    return Result(done=False, note=answer.comment)


WORKFLOWS = tuple(
    Workflow(id, input_schema=asked, output_schema=Result, description=words)
    .then(ask)
    .then(follow)
    .commit()
    for id, asked, ask, follow, words in (
        ("room-booking", RoomBooking, room_approval, book_room, "A room to meet in."),
        ("chair-order", ChairOffer, choose_chair, order_chairs, "Chairs for a team."),
        ("first-week", NewColleague, plan_week, invite_hosts, "Somebody's first days."),
        ("lease", Lease, sign_lease, send_lease, "A lease to be signed."),
        ("announcement", Announcement, edit_announcement, publish, "News for all."),
        ("missed-call", MissedCall, call_back, keep_note, "Somebody is to call back."),
        ("leave-request", Leave, leave_approval, enter_leave, "Some days off."),
        ("parking-permit", ParkingPermit, permit_approval, open_barrier, "For a car."),
        ("mailing", Mailing, mailing_approval, send_mailing, "A letter to customers."),
    )
)
