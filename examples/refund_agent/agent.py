"""A stand-in for a language model: the same complaint gives the same proposal.

Swap `propose` for a call to a real model; nothing else changes, because the
workflow records the proposal before a person sees it.
"""

from dataclasses import dataclass
from decimal import Decimal

from .schemas import Complaint, OrderItem, Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A kind of complaint: the words that give it away and what to offer."""

    words: tuple[str, ...]
    share: Decimal
    finding: str
    confidence: float


PATTERNS = (
    Pattern(
        words=("broken", "cracked", "damaged", "shattered", "defective", "leak"),
        share=Decimal("1.00"),
        finding="arrived damaged",
        confidence=0.93,
    ),
    Pattern(
        words=("never arrived", "missing", "lost", "empty box"),
        share=Decimal("1.00"),
        finding="did not arrive",
        confidence=0.88,
    ),
    Pattern(
        words=("wrong", "instead of", "not what i ordered"),
        share=Decimal("1.00"),
        finding="turned out not to be what you ordered",
        confidence=0.85,
    ),
    Pattern(
        words=("scratch", "stain", "dent", "colour", "color"),
        share=Decimal("0.30"),
        finding="came in less than perfect condition",
        confidence=0.71,
    ),
    Pattern(
        words=("late", "delay", "days after"),
        share=Decimal("0.15"),
        finding="came later than promised",
        confidence=0.66,
    ),
)
GOODWILL = Pattern(
    words=(), share=Decimal("0.10"), finding="disappointed you", confidence=0.34
)
MAIL = """Dear {customer},

thank you for writing to us about order {order}. We are sorry that {thing} {finding}.

We are refunding {amount} {currency} to the account you paid with. The money should \
be there within five working days, and you don't need to do anything.

Kind regards
Customer care"""


def propose(complaint: Complaint) -> Proposal:
    """Decide what to refund and draft the mail that says so."""
    pattern = _recognise(complaint.message)
    concerned = _items_named(complaint) or complaint.items
    value = sum((i.unit_price * i.quantity for i in concerned), Decimal(0))
    amount = (value * pattern.share).quantize(Decimal("0.01"))
    thing = " and ".join(f"the {item.name}" for item in concerned)
    return Proposal(
        amount=amount,
        subject=f"Your order {complaint.order}: {amount} {complaint.currency} back",
        body=MAIL.format(
            customer=complaint.customer,
            order=complaint.order,
            thing=thing,
            finding=pattern.finding,
            amount=amount,
            currency=complaint.currency,
        ),
        reasoning=f"The customer says that {thing} {pattern.finding}; the house rule "
        f"offers {pattern.share:.0%} of {value:,} {complaint.currency}.",
        confidence=pattern.confidence,
    )


def _recognise(message: str) -> Pattern:
    text = message.lower()
    return next((p for p in PATTERNS if any(w in text for w in p.words)), GOODWILL)


def _items_named(complaint: Complaint) -> list[OrderItem]:
    text = complaint.message.lower()
    return [item for item in complaint.items if item.name.lower() in text]
