"""One step that shows everything and asks for everything."""

from approvals import approval_policy
from workflows import Bailed, StepContext, Suspended, Workflow, step

from .schemas import Answer, Order, Outcome


@approval_policy(
    groups=["managers"],
    summary=("supplier", "amount", "needed_on"),
    undo_window=8,
)
@step(
    description="Somebody looks through the order",
    suspend_schema=Order,
    resume_schema=Answer,
)
def look_through(
    order: Order, ctx: StepContext[Order, Answer]
) -> Outcome | Suspended | Bailed:
    """Show the order as it came; the reviewer may change what both have."""
    answer = ctx.resume_data
    if answer is None:
        return ctx.suspend(order)
    if not answer.approved:
        return ctx.bail(Outcome(ordered=False, reason=answer.comment))
    return Outcome(ordered=True, amount=answer.amount)


kitchen_sink = (
    Workflow(
        "kitchen-sink",
        input_schema=Order,
        output_schema=Outcome,
        description="Every kind of value and of field, on one page.",
    )
    .then(look_through)
    .commit()
)
