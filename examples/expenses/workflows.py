"""An expense claim from policy check to payment, with none, one or two approvals."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from approvals import approval_policy
from workflows import Bailed, StepContext, Suspended, Workflow, step

from . import policy
from .schemas import (
    CheckedClaim,
    ClaimedLine,
    ClaimQuestion,
    ExpenseClaim,
    FinanceAnswer,
    ManagerAnswer,
    Reimbursement,
    Route,
)


@step(description="Add up the receipts and hold them against the policy")
def check_policy(claim: ExpenseClaim) -> CheckedClaim:
    """Find out the total, what is odd about it, and who has to agree."""
    total = policy.total(claim)
    total_eur = policy.in_euros(total, claim.currency)
    findings = policy.findings(claim)
    return CheckedClaim(
        claim=claim,
        total=total,
        total_eur=total_eur,
        findings=findings,
        route=policy.route(total_eur, findings),
        payable=total,
    )


@approval_policy(
    groups=["managers"],
    require_comment_on_reject=True,
    due_in=timedelta(days=2),
    remind_before=timedelta(hours=8),
    on_due="escalate",
    escalate_to=["finance"],
    summary=("total_eur", "cost_centre", "check"),
)
@step(
    description="A manager approves or rejects",
    metadata={"outcomes": {"rejected": "The claim ends; nothing is paid."}},
    suspend_schema=ClaimQuestion,
    resume_schema=ManagerAnswer,
)
def manager_approval(
    checked: CheckedClaim, ctx: StepContext[CheckedClaim, ManagerAnswer]
) -> CheckedClaim | Suspended | Bailed:
    """Ask a manager, unless the claim is small and plain."""
    if checked.route is Route.AUTOMATIC:
        return checked
    if ctx.resume_data is None:
        return ctx.suspend(_question(checked))
    if not ctx.resume_data.approved:
        return ctx.bail(_rejection(checked, ctx.resume_data.comment))
    return checked


def needs_finance(ctx: StepContext[Any, Any]) -> bool:
    """Whether the claim is too large for a manager alone."""
    return bool(ctx.input_data["route"] == Route.MANAGER_AND_FINANCE)


@approval_policy(
    groups=["finance"],
    require_comment_on_reject=True,
    due_in=timedelta(days=4),
    priority="high",
    summary=("problem", "total_eur", "cost_centre", "check"),
)
@step(
    description="Finance pays, pays less, or rejects",
    suspend_schema=ClaimQuestion,
    resume_schema=FinanceAnswer,
)
def finance_approval(
    checked: CheckedClaim, ctx: StepContext[CheckedClaim, FinanceAnswer]
) -> CheckedClaim | Suspended | Bailed:
    """Ask finance; ask again if the reduced amount isn't less."""
    answer = ctx.resume_data
    if answer is None:
        return ctx.suspend(_question(checked))
    if answer.decision == "reject":
        return ctx.bail(_rejection(checked, answer.comment))
    payable = answer.reduced_amount or checked.total
    if answer.decision == "pay_reduced" and payable >= checked.total:
        problem = f"{payable:,} is not less than the {checked.total:,} claimed."
        return ctx.suspend(_question(checked, problem=problem))
    return checked.model_copy(update={"payable": payable})


def agreed_claim(ctx: StepContext[Any, Any]) -> Any:
    """The claim as finance left it, else as the manager did."""
    asked: dict[str, Any] = ctx.input_data
    return asked.get("finance-approval") or ctx.get_step_result(manager_approval)


@step(
    description="Order the bank transfer",
    retries=3,
    retry_delay=5,
    metadata={"effects": ["The bank transfer is ordered"], "irreversible": True},
)
def reimburse(
    checked: CheckedClaim, ctx: StepContext[CheckedClaim, None]
) -> Reimbursement:
    """Pay once: a repeated attempt carries the same key, so the bank ignores it."""
    reference = sha256(ctx.idempotency_key.encode()).hexdigest()[:10].upper()
    return Reimbursement(
        paid=True,
        amount=checked.payable,
        currency=checked.claim.currency,
        reference=f"SEPA-{reference}",
    )


expense_approval = (
    Workflow(
        "expense-approval",
        input_schema=ExpenseClaim,
        output_schema=Reimbursement,
        description="Pay an employee back: up to 100 EUR at once, up to 1,500 EUR "
        "after a manager agreed, above that after finance agreed too.",
    )
    .then(check_policy)
    .then(manager_approval)
    .branch([(needs_finance, finance_approval)])
    .map(agreed_claim, id="agreed-claim")
    .then(reimburse)
    .commit()
)


def _question(checked: CheckedClaim, problem: str | None = None) -> ClaimQuestion:
    claim = checked.claim
    total = f"{checked.total:,} {claim.currency}"
    return ClaimQuestion(
        title=f"Reimburse {claim.employee} {total}?",
        employee=claim.employee,
        total=total,
        total_eur=f"{checked.total_eur:,} EUR",
        cost_centre=claim.cost_centre,
        check=f"{len(checked.findings)} to look at" if checked.findings else "fits",
        period_start=claim.period_start,
        period_end=claim.period_end,
        purpose=claim.purpose,
        findings=checked.findings,
        lines=[
            ClaimedLine(**dict(line), currency=claim.currency) for line in claim.lines
        ],
        problem=problem,
    )


def _rejection(checked: CheckedClaim, comment: str) -> Reimbursement:
    return Reimbursement(paid=False, currency=checked.claim.currency, reason=comment)
