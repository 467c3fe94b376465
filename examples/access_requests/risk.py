"""How risky a request is, as pure functions."""

from .schemas import AccessRequest, Level, Risk, System

SENSITIVE = frozenset({System.PAYMENTS_API, System.CUSTOMER_DATA})
LONG_HOURS = 12


def concerns(request: AccessRequest) -> list[str]:
    """What the reviewer should weigh, worst first."""
    found = []
    if request.level is Level.ADMIN:
        found.append("Admin access can switch off the very logs that record it.")
    if request.system in SENSITIVE:
        found.append(f"{request.system} holds personal or payment data.")
    if request.hours > LONG_HOURS:
        found.append(f"{request.hours} hours is longer than one shift.")
    return found


def rate(request: AccessRequest, found: list[str]) -> Risk:
    """High for admins or two concerns at once, elevated for one, else low."""
    if request.level is Level.ADMIN or len(found) > 1:
        return Risk.HIGH
    return Risk.ELEVATED if found else Risk.LOW
