"""A refund proposed by an agent, edited and approved by a person, then carried out."""

from datetime import timedelta
from hashlib import sha256

from django.core.mail import EmailMessage

from approvals import approval_policy
from workflows import Bailed, StepContext, Suspended, Workflow, step

from . import agent
from .schemas import (
    ApprovedRefund,
    Complaint,
    PaidItem,
    PaidRefund,
    ProposedRefund,
    RefundAnswer,
    RefundOutcome,
    RefundQuestion,
)


@step(description="The agent proposes a refund and drafts the mail", retries=2)
def propose_refund(complaint: Complaint) -> ProposedRefund:
    """Ask the agent once; its proposal is recorded and never asked for again."""
    return ProposedRefund(complaint=complaint, proposal=agent.propose(complaint))


@approval_policy(
    groups=["support-leads"],
    require_comment_on_reject=True,
    due_in=timedelta(days=1),
    summary=("problem", "paid", "confidence", "order"),
)
@step(
    description="A support lead edits both and approves",
    suspend_schema=RefundQuestion,
    resume_schema=RefundAnswer,
)
def review_refund(
    proposed: ProposedRefund, ctx: StepContext[ProposedRefund, RefundAnswer]
) -> ApprovedRefund | Suspended | Bailed:
    """Ask a person; ask again when the refund is more than the customer paid."""
    answer = ctx.resume_data
    complaint = proposed.complaint
    if answer is None:
        return ctx.suspend(_question(proposed))
    if answer.decision == "reject":
        return ctx.bail(
            RefundOutcome(
                refunded=False, currency=complaint.currency, reason=answer.comment
            )
        )
    if answer.amount > complaint.paid:
        problem = f"{answer.amount:,} is more than the {complaint.paid:,} paid."
        return ctx.suspend(_question(proposed, problem=problem))
    return _approved(proposed, answer)


@step(description="Send the money back", retries=3, retry_delay=5)
def pay_refund(
    refund: ApprovedRefund, ctx: StepContext[ApprovedRefund, None]
) -> PaidRefund:
    """Pay once: a repeated attempt carries the same key, so the bank ignores it."""
    reference = sha256(ctx.idempotency_key.encode()).hexdigest()[:10].upper()
    return PaidRefund(refund=refund, reference=f"RF-{reference}")


@step(description="Send the mail", retries=3, retry_delay=5)
def notify_customer(paid: PaidRefund) -> RefundOutcome:
    """Send the approved mail; its Message-ID lets mail servers drop a repeat."""
    refund = paid.refund
    EmailMessage(
        subject=refund.subject,
        body=f"{refund.body}\n\nReference: {paid.reference}\n",
        from_email="Customer care <care@shop.example>",
        to=[refund.complaint.email],
        headers={"Message-ID": f"<{paid.reference}@shop.example>"},
    ).send()
    return RefundOutcome(
        refunded=True,
        amount=refund.amount,
        currency=refund.complaint.currency,
        reference=paid.reference,
        edited=refund.edited,
    )


refund_agent = (
    Workflow(
        "refund-agent",
        input_schema=Complaint,
        output_schema=RefundOutcome,
        description="An agent proposes a refund and drafts a mail; "
        "a support lead edits both; then money and mail go out.",
    )
    .then(propose_refund)
    .then(review_refund)
    .then(pay_refund)
    .then(notify_customer)
    .commit()
)


def _question(proposed: ProposedRefund, problem: str | None = None) -> RefundQuestion:
    complaint, proposal = proposed.complaint, proposed.proposal
    amount = f"{proposal.amount:,} {complaint.currency}"
    return RefundQuestion(
        title=f"Refund {complaint.customer} {amount}?",
        customer=complaint.customer,
        order=complaint.order,
        paid=f"{complaint.paid:,} {complaint.currency}",
        proposed=amount,
        confidence=f"{proposal.confidence:.0%}",
        reasoning=proposal.reasoning,
        message=complaint.message,
        items=[
            PaidItem(**dict(item), currency=complaint.currency)
            for item in complaint.items
        ],
        currency=complaint.currency,
        problem=problem,
        amount=proposal.amount,
        subject=proposal.subject,
        body=proposal.body,
    )


def _approved(proposed: ProposedRefund, answer: RefundAnswer) -> ApprovedRefund:
    proposal = proposed.proposal
    proposed_values = (proposal.amount, proposal.subject, proposal.body)
    return ApprovedRefund(
        complaint=proposed.complaint,
        amount=answer.amount,
        subject=answer.subject,
        body=answer.body,
        edited=(answer.amount, answer.subject, answer.body) != proposed_values,
    )
