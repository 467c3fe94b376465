"""A step: a function, the shapes of what goes in and out of it, and how it is tried."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, TypedDict, TypeVar, Unpack, overload

from workflows import signatures
from workflows.json_gate import JSONObject
from workflows.schema import Schema

EXTENSIONS: Final = "__countersign_extensions__"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSchemas:
    """The six shapes of a step's data."""

    input: Schema
    output: Schema
    resume: Schema
    suspend: Schema
    state: Schema
    request_context: Schema


class StepOptions(TypedDict, total=False):
    """What ``@step`` takes beside the id."""

    description: str
    input_schema: Any
    output_schema: Any
    resume_schema: Any
    suspend_schema: Any
    state_schema: Any
    request_context_schema: Any
    retries: int | None
    retry_delay: float | timedelta | None
    timeout: float | timedelta | None
    transaction: bool
    metadata: JSONObject | None


class Step:
    """One unit of a workflow. Nothing is checked before ``commit()``."""

    def __init__(
        self,
        id: str | None = None,
        execute: Callable[..., Any] | None = None,
        *,
        description: str = "",
        input_schema: Any = None,
        output_schema: Any = None,
        resume_schema: Any = None,
        suspend_schema: Any = None,
        state_schema: Any = None,
        request_context_schema: Any = None,
        retries: int | None = None,
        retry_delay: float | timedelta | None = None,
        timeout: float | timedelta | None = None,
        transaction: bool = False,
        metadata: JSONObject | None = None,
    ) -> None:
        self.id = default_id(execute) if id is None else id
        self.execute: Callable[..., Any] = execute or _missing
        self.description = description
        self.resume_schema = resume_schema
        self.suspend_schema = suspend_schema
        self.state_schema = state_schema
        self.request_context_schema = request_context_schema
        self.retries = retries
        self.retry_delay = seconds(retry_delay)
        self.timeout = seconds(timeout)
        self.transaction = transaction
        self.metadata: JSONObject = {} if metadata is None else metadata
        self.extensions: dict[str, Any] = dict(getattr(execute, EXTENSIONS, {}))
        self._given_input = input_schema
        self._given_output = output_schema
        self._signature = signatures.read_signature(self.execute)
        self._locals = signatures.local_names(self.execute)

    def __repr__(self) -> str:
        return f"<Step {self.id}>"

    @property
    def is_async(self) -> bool:
        """Whether calling it gives a coroutine."""
        return self._signature.is_async

    @property
    def arity(self) -> signatures.Arity:
        """How many of (input, ctx) the function takes."""
        return self._signature.arity

    @property
    def call_problems(self) -> tuple[str, ...]:
        """Why the function can't be called as a step."""
        return self._signature.problems

    @cached_property
    def input_schema(self) -> Any:
        """The type given, else the annotation of the first argument."""
        if self._given_input is not None:
            return self._given_input
        return signatures.input_type(self.execute, self._names())

    @property
    def output_schema(self) -> Any:
        """The type given, else the return annotation without suspensions and None."""
        return self._output.type_

    @cached_property
    def schemas(self) -> StepSchemas:
        """The shapes, ready to use."""
        found = StepSchemas(
            input=Schema.of(self.input_schema),
            output=Schema.of(self._output.type_, optional=self._output.may_be_none),
            resume=Schema.of(self.resume_schema),
            suspend=Schema.of(self.suspend_schema),
            state=Schema.of(self.state_schema),
            request_context=Schema.of(self.request_context_schema),
        )
        self._locals = {}  # so as not to keep everything in them alive
        return found

    def clone(self, *, id: str) -> Step:
        """The same step under another id."""
        twin = copy(self)
        twin.id = id
        twin.extensions = dict(self.extensions)
        return twin

    # Annotations are read late, because a module may define its models below its
    # steps; names local to the function around a step are taken down in time.
    @cached_property
    def _output(self) -> signatures.OutputType:
        if self._given_output is not None:
            return signatures.OutputType(type_=self._given_output)
        return signatures.output_type(self.execute, self._names())

    def _names(self) -> dict[str, Any]:
        return {**self._locals, **signatures.local_names(self.execute)}


@overload
def step(id: Callable[..., Any]) -> Step: ...
@overload
def step(
    id: str | None = None, **options: Unpack[StepOptions]
) -> Callable[[Callable[..., Any]], Step]: ...
def step(
    id: Callable[..., Any] | str | None = None, **options: Unpack[StepOptions]
) -> Step | Callable[[Callable[..., Any]], Step]:
    """Turn a function into a Step: ``@step`` or ``@step("id", retries=2, ...)``."""
    if callable(id):
        return Step(execute=id, **options)

    def decorate(execute: Callable[..., Any]) -> Step:
        return Step(id, execute, **options)

    return decorate


def attach(target: T, key: str, value: Any) -> T:
    """Put a decorator's data on a step, or on a function that will become one."""
    if isinstance(target, Step):
        target.extensions[key] = value
        return target
    owner: Any = getattr(target, "__func__", target)
    setattr(owner, EXTENSIONS, {**getattr(owner, EXTENSIONS, {}), key: value})
    return target


def default_id(execute: Callable[..., Any] | None) -> str:
    """The function's name with dashes; what can't be an id is refused at commit."""
    return str(getattr(execute, "__name__", "")).replace("_", "-")


def seconds(given: float | timedelta | None) -> float | None:
    """Seconds from a number or a timedelta; anything else passes, to be refused."""
    if isinstance(given, timedelta):
        return given.total_seconds()
    return given


def _missing() -> None:
    """Stands where a step was given no function."""


def has_function(step: Step) -> bool:
    """Whether the step was given something to execute."""
    return step.execute is not _missing and callable(step.execute)
