"""A run as people and programs outside may see it: without its secrets.

Whatever shows a run, in REST, streams, pages or the admin, shows it through a
``RunMask``. A value is secret where a schema of the workflow marks it; the same text is
then masked wherever else it stands in the run, also in an error, a chunk or the input
of a step that declares nothing. What is read in Python (``Run.refresh``, ``observe``)
is not masked: code is trusted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, cast
from weakref import WeakKeyDictionary

from workflows import events, graph, json_gate, masking, published, registry
from workflows.definition import Workflow
from workflows.errors import WorkflowNotFound
from workflows.graph import NestedEntry, StepEntry
from workflows.json_gate import JSONObject, JSONValue
from workflows.masking import MASK
from workflows.models import Run
from workflows.published import RunEvent
from workflows.results import RunError, RunResult, StepResult
from workflows.schema import Schema

SHORTEST: Final = 4  # a shorter text is masked where it is declared, not all over
PAGE: Final = 1000

# What an event says itself, not a value that passed through the run.
OWN_WORDS: Final = frozenset(
    {"id", "status", "kind", "suspension_id", "suspension", "holder", "from", "ends"}
)
# By the name in an event: which schema of its place describes the value.
DESCRIBED: Final[Mapping[str, str]] = {
    "input": "input",
    "payload": "input",
    "output": "output",
    "iteration_output": "output",
    "result": "output",
    "suspend_payload": "suspend",
    "resume_data": "resume",
    "resume_payload": "resume",
    "state": "state",
    "context": "request_context",
}

Path: TypeAlias = tuple[str, ...]
Schemas: TypeAlias = Mapping[str, tuple[JSONObject, ...]]
Source: TypeAlias = Callable[[str], Iterable[str]]

sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let another app name more secret texts of a run, by its id."""
    sources.append(source)


@dataclass(slots=True, kw_only=True)
class RunMask:
    """What hides the secrets of one run. Learns those of the events it is shown."""

    places: Mapping[Path, Schemas] | None  # None: the code is gone, nothing is known
    texts: set[str] = field(default_factory=set)

    @property
    def is_idle(self) -> bool:
        """Nothing of this workflow is declared secret: all is shown as it is."""
        return self.places is not None and not self.places

    def value(self, value: JSONValue, path: Path = (), name: str = "") -> JSONValue:
        """A value of the place ``path``; ``name`` says which of its schemas."""
        if self.is_idle:
            return value
        if self.places is None:
            return _blackened(value)
        for schema in self._schemas(path, name):
            value = masking.masked(value, schema)
            if isinstance(value, list):  # of a foreach, whose items are described
                value = [masking.masked(item, schema) for item in value]
        return self._without_texts(value)

    def unread(self, value: JSONValue) -> JSONValue:
        """A value that may quote anything, where the journal was not read: no text."""
        return value if self.is_idle else _blackened(value)

    def text(self, text: str) -> str:
        """Words of the engine's or of an error, which may quote a value."""
        if self.is_idle or not text:
            return text
        return MASK if self.places is None else cast(str, self._without_texts(text))

    def event(self, event: RunEvent) -> RunEvent:
        """The event without the secrets it carries, or others told before."""
        if self.is_idle:
            return event
        path = _ids(".".join(event.path))
        self._learn(path, event.payload)
        return replace(event, payload=self.facts(path, event.payload))

    def facts(self, path: Path, facts: JSONObject) -> JSONObject:
        """What an event of that place carries, as published or as stored."""
        if self.is_idle:
            return facts
        return {
            name: value if name in OWN_WORDS else self.value(value, path, name)
            for name, value in facts.items()
        }

    def result(self, result: RunResult) -> RunResult:
        """The run as it stands, without its secrets."""
        if self.is_idle:
            return result
        asked = result.suspend_payload.items()
        state = result.state
        return replace(
            result,
            attention=result.attention and self.text(result.attention),
            input=self.value(result.input, (), "input"),
            result=self.value(result.result, (), "result"),
            error=self.error(result.error),
            state=state and cast(JSONObject, self.value(state, (), "state")),
            steps={at: self._step(_ids(at), one) for at, one in result.steps.items()},
            suspend_payload={
                at: self.value(payload, _ids(at), "suspend_payload")
                for at, payload in asked
            },
        )

    def error(self, error: RunError | None) -> RunError | None:
        """The error, with what it quotes masked."""
        if error is None or self.is_idle:
            return error
        return replace(
            error,
            message=self.text(error.message),
            attributes=cast(JSONObject, self.value(error.attributes)),
            cause=self.error(error.cause),
        )

    def _step(self, path: Path, step: StepResult) -> StepResult:
        names = ("payload", "output", "suspend_payload", "resume_payload")
        values = {name: self.value(getattr(step, name), path, name) for name in names}
        return replace(step, **values, error=self.error(step.error))  # type: ignore[arg-type]

    def _schemas(self, path: Path, name: str) -> tuple[JSONObject, ...]:
        if self.places is None or name not in DESCRIBED:
            return ()
        whole = self.places.get((), {}) if name in ("state", "context") else {}
        kind = DESCRIBED[name]
        return (*self.places.get(path, {}).get(kind, ()), *whole.get(kind, ()))

    def _learn(self, path: Path, facts: JSONObject) -> None:
        for name, value in facts.items():
            self._note(value, self._schemas(path, name))
        if isinstance(target := facts.get("target"), list):  # what a travel brought it
            here = tuple(map(str, target))
            self._note(facts.get("resume_data"), self._schemas(here, "resume_data"))
        put = facts.get("put")
        for address, parts in put.items() if isinstance(put, dict) else ():
            if isinstance(parts, dict):
                self._learn(_ids(address), parts)

    def _note(self, value: JSONValue, schemas: Iterable[JSONObject]) -> None:
        values = [value, *value] if isinstance(value, list) else [value]
        for schema in schemas:
            for one in values:
                self.add(text for _path, text in masking.secrets_in(one, schema))

    def add(self, texts: Iterable[str]) -> None:
        """Mask these as well, wherever they stand."""
        self.texts.update(text for text in texts if len(text) >= SHORTEST)

    def _without_texts(self, value: JSONValue) -> JSONValue:
        longest_first = sorted(self.texts, key=len, reverse=True)
        return _mapped(value, functools.partial(_replaced, longest_first))


def mask_of(run: Run, *, whole: bool = True) -> RunMask:
    """What hides the secrets of this run; reads its journal if it may have any.

    Not ``whole``, only the row is read, and of it only input and result are described:
    the journal is read for a run that failed, as its error may quote anything.
    """
    mask = _blank(run.workflow, run.version)
    if mask.places is None or mask.is_idle:
        return mask
    mask._learn((), {"input": run.input_value, "result": run.result_value})
    if whole or run.error or run.attention:
        for event in _journal(run.pk):
            mask._learn(_ids(".".join(event.path)), event.payload)
        for source in sources:
            mask.add(source(run.pk))
    return mask


def mask_of_id(run_id: str, workflow_id: str, version: str) -> RunMask:
    """``mask_of`` where only the ids are known; no query if nothing is secret."""
    mask = _blank(workflow_id, version)
    return mask if mask.is_idle else mask_of(Run.objects.get(pk=run_id))


def input_without_secrets(workflow_id: str, value: JSONValue) -> JSONValue:
    """What a workflow is started with, fit to be shown before there is a run."""
    return _blank(workflow_id).value(value, name="input")


def context_without_secrets(workflow: Workflow, context: JSONObject) -> JSONObject:
    """The request context of a start, fit for a span."""
    mask = RunMask(places=_places(workflow))
    for path in mask.places or ():
        mask._learn(path, {"context": context})
        context = mask.facts(path, {"context": context})["context"]  # type: ignore[assignment]
    return cast(JSONObject, mask.value(context))


def _blank(workflow_id: str, version: str | None = None) -> RunMask:
    """What the schemas alone tell, if there are any: it has read no run yet."""
    try:
        return RunMask(places=_places(registry.get(workflow_id, version)))
    except WorkflowNotFound:
        return RunMask(places=None)


def _journal(run_id: str) -> Iterator[RunEvent]:
    after = 0
    while page := published.read_events(run_id, after, PAGE):
        yield from page
        after = page[-1].seq


_known: WeakKeyDictionary[Workflow, Mapping[Path, Schemas]] = WeakKeyDictionary()


def _places(workflow: Workflow) -> Mapping[Path, Schemas]:
    """Every schema of the workflow that marks a secret, by the place it describes."""
    if workflow not in _known:
        found = {path: _marking(each) for path, each in _described(workflow)}
        _known[workflow] = {path: marking for path, marking in found.items() if marking}
    return _known[workflow]


def _described(workflow: Workflow) -> Iterator[tuple[Path, Mapping[str, Schema]]]:
    yield (), _by_name(workflow)
    for path, named in graph.walk(workflow):
        if isinstance(named, StepEntry):
            yield tuple(path), _by_name(named.step)
        elif isinstance(named, NestedEntry):
            yield tuple(path), _by_name(named.workflow)


def _by_name(part: object) -> Mapping[str, Schema]:
    schemas = getattr(part, "schemas")  # noqa: B009 - of a step or of a workflow
    names = set(DESCRIBED.values())
    return {name: getattr(schemas, name) for name in names if hasattr(schemas, name)}


def _marking(schemas: Mapping[str, Schema]) -> Schemas:
    both = {
        name: (schema.json_schema(), schema.json_schema("serialization"))
        for name, schema in schemas.items()
    }
    return {
        name: tuple(filter(masking.marks_secrets, each))
        for name, each in both.items()
        if any(map(masking.marks_secrets, each))
    }


def _ids(address: str) -> Path:
    return tuple(events.ids(address))


def _replaced(texts: Iterable[str], leaf: str) -> str:
    for text in texts:
        leaf = leaf.replace(text, MASK)
    return leaf


def _blackened(value: JSONValue) -> JSONValue:
    """Every text hidden: the schemas that would tell are gone with the code."""
    match value:
        case str():
            return MASK if value else value
        case list():
            return [_blackened(part) for part in value]
        case dict():
            return {
                key if _is_field(key) else f"{MASK} {number}": _blackened(part)
                for number, (key, part) in enumerate(value.items(), start=1)
            }
    return value


def _is_field(key: str) -> bool:
    """Whether it looks like a name out of a program, and not like somebody's value."""
    return key.isidentifier() and not any(map(str.isdigit, key))


def _mapped(value: JSONValue, change: Callable[[str], str]) -> JSONValue:
    match value:
        case str():
            return change(value)
        case list():
            return [_mapped(part, change) for part in value]
        case dict():
            return {change(key): _mapped(part, change) for key, part in value.items()}
    return value


def stored_facts(mask: RunMask, event_path: str, data: str, type_: str) -> JSONObject:
    """A row of the journal as the admin shows it: raw, but for its secrets."""
    facts = cast(JSONObject, json_gate.loads(data))
    if type_ == events.EventType.STEP_SUSPENDED and "payload" in facts:
        asked = mask.value(facts.pop("payload"), _ids(event_path), "suspend_payload")
        return {**mask.facts(_ids(event_path), facts), "payload": asked}
    return mask.facts(_ids(event_path), facts)
