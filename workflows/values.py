"""Values by reference: what the events of a run carry, read at most once.

A fold names values by reference (see ``state``); this resolves them. Events that
were folded from a snapshot are not in memory; they are fetched when first asked
for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from workflows.json_gate import JSONObject, JSONValue
from workflows.state import Ref

EventData: TypeAlias = "Mapping[str, JSONValue]"
Fetch: TypeAlias = "Callable[[Collection[int]], Mapping[int, EventData]]"


AT_ONCE = 500  # events fetched by one query
PASSES_ON = ("from", "output_from", "error_from", "iteration_output_from")


def _events_of(ref: Ref | None) -> Iterator[int]:
    """The events that a reference names."""
    match ref:
        case None:
            return
        case int(seq):
            yield seq
        case ["object", dict(members)]:
            for member in members.values():
                yield from _events_of(member)
        case ["list", list(items)]:
            for item in items:
                yield from _events_of(item)
        case [_, source, *_]:  # an item of a list, or what a time travel put there
            yield from _events_of(source)


def _passed_on(data: EventData) -> Iterator[int]:
    for key in PASSES_ON:
        yield from _events_of(cast("Ref | None", data.get(key)))


def _nowhere(numbers: Collection[int]) -> Mapping[int, EventData]:
    raise LookupError(f"events {sorted(numbers)} are not in the journal")


class Values:
    """The data of a run's events by number, with ``fetch`` for the missing."""

    def __init__(
        self, known: Mapping[int, EventData] | None = None, fetch: Fetch = _nowhere
    ) -> None:
        self._known = dict(known or {})
        self._fetch = fetch

    def fetch_by(self, fetch: Fetch) -> None:
        """From now on get missing events this way (another thread took over)."""
        self._fetch = fetch

    def learn(self, seq: int, data: EventData) -> None:
        self._known[seq] = data

    def data(self, seq: int) -> EventData:
        """What event ``seq`` carries."""
        if seq not in self._known:
            self._known.update(self._fetch([seq]))
        return self._known[seq]

    def know(self, refs: Iterable[Ref | None]) -> None:
        """Fetch at once what these lead to: many references cost a few reads."""
        wanted = {seq for ref in refs for seq in _events_of(ref)}
        while missing := sorted(wanted - self._known.keys()):
            for start in range(0, len(missing), AT_ONCE):
                self._known.update(self._fetch(missing[start : start + AT_ONCE]))
            wanted = {s for seq in missing for s in _passed_on(self._known[seq])}

    def know_all(self) -> None:
        """Fetch what the events in memory pass on."""
        self.know([s for data in self._known.values() for s in _passed_on(data)])

    def get(self, ref: Ref) -> JSONValue:
        """The value a reference names."""
        if isinstance(ref, int):
            return self._carried(self.data(ref))
        match ref:
            case ["object", dict(members)]:
                return {
                    k: None if r is None else self.get(r) for k, r in members.items()
                }
            case ["list", list(items)]:
                return [self.get(item) for item in items]
            case ["item", source, int(index)]:
                return cast("list[JSONValue]", self.get(source))[index]
            case ["put", int(seq), str(address), str(what)]:
                put = cast("dict[str, Any]", self.data(seq)["put"])
                return cast(JSONValue, put[address][what])
        raise ValueError(f"not a reference: {ref!r}")

    def _carried(self, data: EventData) -> JSONValue:
        for key in ("output", "input"):
            if key in data:
                return data[key]
        for key in ("output_from", "from"):
            if key in data:
                return self.get(cast(Ref, data[key]))
        return None

    def error(self, ref: Ref) -> JSONObject:
        """The error a reference names, or the event that carries it or passes it on."""
        if not isinstance(ref, int):
            return cast(JSONObject, self.get(ref))
        data = self.data(ref)
        if "error_from" in data:
            return self.error(cast(Ref, data["error_from"]))
        return cast(JSONObject, data["error"])

    def merged(self, keys: Mapping[str, int], part: str) -> JSONObject:
        """State or request context: each key from the event that last set it."""
        return {
            key: cast(JSONObject, self.data(seq)[part])[key]
            for key, seq in keys.items()
        }
