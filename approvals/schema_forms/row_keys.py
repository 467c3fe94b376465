"""The keys of rows: which rows a page posted, and what a button makes of them."""

import re
from collections.abc import Sequence
from typing import Final

from .controls import ROW, Action, Controls, join
from .shapes import Place
from .values import MAX_ROWS, MISSING

_KEY: Final = re.compile(r"0|[1-9][0-9]{0,5}")
_MAX_KEY: Final = 999_999


def posted_keys(controls: Controls, place: Place) -> list[str]:
    """The keys of the rows in the order of the page; whatever is no key is left out."""
    posted = dict.fromkeys(controls.texts(join(place.name, ROW)))
    return [key for key in posted if _KEY.fullmatch(key)][:MAX_ROWS]


def new_key(keys: Sequence[str], place: Place) -> str:
    """A key that no row has, and none had that came with the form."""
    proposed = place.proposed if isinstance(place.proposed, list | dict) else ()
    taken = {int(key) for key in keys} | {len(proposed) - 1, -1}
    free = max(taken) + 1
    return str(free if free <= _MAX_KEY else min(set(range(MAX_ROWS + 1)) - taken))


def moved(keys: list[str], action: Action) -> list[str]:
    """The keys after a row was removed or has changed places with its neighbour."""
    if action.row not in keys:
        return keys
    at = keys.index(action.row)
    if action.verb == "remove":
        return keys[:at] + keys[at + 1 :]
    to = {"up": at - 1, "down": at + 1}.get(action.verb, at)
    if 0 <= to < len(keys):
        keys[at], keys[to] = keys[to], keys[at]
    return keys


def row_place(place: Place, key: str) -> Place:
    """The place of a row; what was proposed for it is known by its key."""
    items = place.proposed if isinstance(place.proposed, list) else []
    index = int(key)
    proposed = items[index] if index < len(items) else MISSING
    return place.part(key, proposed)
