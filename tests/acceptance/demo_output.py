"""What `manage.py demo` prints for people, read by a test."""

import re

SIGN_IN = re.compile(r"^  (\w+) +([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}) ", re.MULTILINE)
TOKEN = re.compile(r"Authorization: Token (\w+)")


def passwords_in(printed: str) -> dict[str, str]:
    """Username to password; empty when none were printed."""
    return dict(SIGN_IN.findall(printed))


def token_in(printed: str) -> str:
    found = TOKEN.search(printed)
    assert found is not None, "no token was printed"
    return found[1]
