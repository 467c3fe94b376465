"""The values a form moves: JSON, the absence of JSON, and the limits on both."""

import json
from enum import Enum
from typing import Final, TypeAlias

from workflows.json_gate import JSONValue

# A form that would not survive its own submission helps nobody: Django refuses a
# post of more than DATA_UPLOAD_MAX_NUMBER_FIELDS controls (1000 by default).
MAX_CONTROLS: Final = 900
MAX_ROWS: Final = 100
MAX_DEPTH: Final = 8


class Missing(Enum):
    """Nothing was given, which is not the same as `None`."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
MaybeJSON: TypeAlias = "JSONValue | Missing"


def is_empty(value: MaybeJSON) -> bool:
    """Whether a field that holds this looks as if nothing stood in it."""
    return value is MISSING or value in (None, "", [], {})


class Unreadable(ValueError):
    """A typed text is no value of its field's type; the message tells the typist."""


def json_text(value: JSONValue) -> str:
    """The value as JSON a person can read and a page can carry."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    # A lone surrogate can't be encoded into a page; its escape can.
    return text if is_encodable(text) else json.dumps(value, indent=2)


def is_encodable(text: str) -> bool:
    """Whether the text can stand in an UTF-8 page and come back from it."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def same_lines(text: str) -> str:
    """The text with the line ends it had before the browser posted it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
