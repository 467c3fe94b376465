"""The travel and expense policy, as pure functions."""

from decimal import Decimal

from .schemas import Category, Currency, ExpenseClaim, ExpenseLine, Route

EUROS_PER_UNIT = {  # the house's book rates
    Currency.EUR: Decimal("1"),
    Currency.CHF: Decimal("1.06"),
    Currency.GBP: Decimal("1.17"),
    Currency.JPY: Decimal("0.0061"),
    Currency.PLN: Decimal("0.23"),
    Currency.USD: Decimal("0.92"),
}
AUTOMATIC_UP_TO = Decimal("100")
MANAGER_ALONE_UP_TO = Decimal("1500")
RECEIPT_FROM = Decimal("25")
CEILINGS = {  # for one person, for one night
    Category.MEALS: Decimal("75"),
    Category.LODGING: Decimal("240"),
}


def total(claim: ExpenseClaim) -> Decimal:
    """The sum of all receipts, in the currency of the claim."""
    return sum((line.amount for line in claim.lines), Decimal(0))


def in_euros(amount: Decimal, currency: Currency) -> Decimal:
    """The amount at book rate, rounded to the cent and never below one cent."""
    euros = (amount * EUROS_PER_UNIT[currency]).quantize(Decimal("0.01"))
    return max(euros, Decimal("0.01"))


def findings(claim: ExpenseClaim) -> list[str]:
    """Everything a reviewer should look at twice, in the order of the receipts."""
    return [
        finding
        for line in claim.lines
        for finding in _findings_of_line(line, claim.currency)
    ]


def route(total_eur: Decimal, found: list[str]) -> Route:
    """Who has to agree; a finding always brings in the manager."""
    if total_eur > MANAGER_ALONE_UP_TO:
        return Route.MANAGER_AND_FINANCE
    if total_eur > AUTOMATIC_UP_TO or found:
        return Route.MANAGER
    return Route.AUTOMATIC


def _findings_of_line(line: ExpenseLine, currency: Currency) -> list[str]:
    euros = in_euros(line.amount, currency)
    receipt = f"{line.merchant}, {line.spent_on.day} {line.spent_on:%b}"
    found = []
    if not line.has_receipt and euros >= RECEIPT_FROM:
        found.append(f"{receipt}: no receipt for {line.amount:,} {currency}.")
    ceiling = CEILINGS.get(line.category)
    each = (euros / line.units).quantize(Decimal("0.01"))
    if ceiling is not None and each > ceiling:
        found.append(
            f"{receipt}: {each:,} EUR for {line.category} "
            f"is over the ceiling of {ceiling} EUR."
        )
    return found
