"""What a Step learns from its function: how to call it, and its types."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar
from unittest.mock import AsyncMock, Mock

import pytest
from pydantic import BaseModel, Field

from workflows.definition import Step, attach, step
from workflows.outcomes import Aborted, Bailed, Suspended
from workflows.signatures import UnreadableAnnotation

if TYPE_CHECKING:
    from workflows.context import StepContext

T = TypeVar("T")


class Expense(BaseModel):
    amount: int


class Outcome(BaseModel):
    paid: bool


class Context(Generic[T]):
    pass


def plain(expense: Expense, ctx: StepContext[Expense, Any]) -> Outcome:
    return Outcome(paid=expense.amount > 0)


async def asynchronous(expense: Expense) -> Outcome:
    return Outcome(paid=True)


def nothing() -> int:
    return 1


class Desk:
    def approve(self, expense: Expense, ctx: Any) -> Outcome:
        return Outcome(paid=True)

    async def later(self, expense: Expense) -> Outcome:
        return Outcome(paid=True)

    @classmethod
    def of_class(cls, expense: Expense) -> Outcome:
        return Outcome(paid=True)

    @staticmethod
    def of_nobody(expense: Expense) -> Outcome:
        return Outcome(paid=True)


class Callables:
    def __call__(self, expense: Expense, ctx: Any) -> Outcome:
        return Outcome(paid=True)


class AsyncCallable:
    async def __call__(self, expense: Expense) -> Outcome:
        return Outcome(paid=True)


def logged(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def with_prefix(prefix: str, expense: Expense, ctx: Any) -> Outcome:
    return Outcome(paid=bool(prefix))


@pytest.mark.parametrize(
    ("function", "arity", "is_async"),
    [
        (plain, 2, False),
        (asynchronous, 1, True),
        (nothing, 0, False),
        (lambda: 1, 0, False),
        (lambda data: 1, 1, False),
        (lambda data, ctx: 1, 2, False),
        (Desk().approve, 2, False),
        (Desk().later, 1, True),
        (Desk.of_class, 1, False),
        (Desk.of_nobody, 1, False),
        (Callables(), 2, False),
        (AsyncCallable(), 1, True),
        (functools.partial(with_prefix, "x"), 2, False),
        (functools.partial(asynchronous), 1, True),
        (functools.partial(Desk().approve, ctx=None), 1, False),
        (logged(plain), 2, False),
        (Mock(), 2, False),
        (AsyncMock(), 2, True),
        (lambda *args: 1, 2, False),
        (lambda data, i=3: 1, 1, False),
        (lambda data, ctx=None: 1, 2, False),
        (lambda *, option=1: 1, 0, False),
        (abs, 1, False),
    ],
)
def test_the_signature_decides_how_a_function_is_called(
    function: Callable[..., Any], arity: int, is_async: bool
) -> None:
    made = Step("s", function)
    assert (made.arity, made.is_async) == (arity, is_async)
    assert made.call_problems == ()


@pytest.mark.parametrize(
    "function",
    [
        plain,
        asynchronous,
        Desk().approve,
        Desk().later,
        Desk.of_class,
        Desk.of_nobody,
        Callables(),
        AsyncCallable(),
        functools.partial(with_prefix, "x"),
        logged(plain),
    ],
)
def test_the_annotations_give_the_schemas(function: Callable[..., Any]) -> None:
    made = Step("s", function)
    assert made.input_schema is Expense
    assert made.output_schema is Outcome
    assert made.schemas.input.type_ is Expense
    assert made.schemas.output.type_ is Outcome
    assert made.schemas.resume.is_any


def test_a_lambda_takes_and_gives_anything() -> None:
    made = Step("s", lambda data, ctx: data)
    assert made.input_schema is None
    assert made.output_schema is None


def suspending(data: int) -> Outcome | Suspended | Bailed | None:
    return None


def only_suspending(data: int) -> Suspended | Aborted | None:
    return None


def suspended_alone(data: int) -> Suspended:
    return Suspended()


def two_kinds(data: int | str) -> int | str | Suspended:
    return data


def none_at_all(data: None) -> None:
    return None


def constrained(
    data: Annotated[int, Field(gt=1)],
) -> Annotated[str, Field(max_length=2)]:
    return "x"


def untouched_union(data: Any) -> Annotated[int | str, Field(title="Both")]:
    return 1


def test_suspensions_and_none_are_no_output() -> None:
    assert Step("s", suspending).output_schema is Outcome
    assert Step("s", only_suspending).output_schema is None
    assert Step("s", suspended_alone).output_schema is None
    assert Step("s", two_kinds).output_schema == int | str
    assert Step("s", two_kinds).input_schema == int | str
    assert Step("s", none_at_all).output_schema is None
    assert Step("s", none_at_all).input_schema is None


def test_a_step_that_may_return_none_may_return_none() -> None:
    schema = Step("s", suspending).schemas.output
    assert schema.dump(None) is None
    assert schema.json_schema()["title"] == "Outcome"
    assert not Step("s", plain).schemas.output.optional


def test_constraints_in_annotations_are_kept() -> None:
    made = Step("s", constrained)
    assert made.schemas.input.json_schema() == {
        "exclusiveMinimum": 1,
        "type": "integer",
    }
    assert made.schemas.output.json_schema()["maxLength"] == 2
    assert Step("s", untouched_union).schemas.output.json_schema()["title"] == "Both"


def test_schemas_given_beat_annotations() -> None:
    made = Step("s", plain, input_schema=int, output_schema=str)
    assert made.input_schema is int
    assert made.output_schema is str


def mistyped(expense: Expanse, ctx: StepContext[Any, Any]) -> Outcome:  # type: ignore[name-defined]  # noqa: F821
    return Outcome(paid=True)


def mistyped_return(expense: Expense) -> list[Outcom]:  # type: ignore[name-defined]  # noqa: F821
    return []


def test_a_mistyped_annotation_is_named() -> None:
    with pytest.raises(UnreadableAnnotation, match="'Expanse' of its argument 'exp"):
        _ = Step("s", mistyped).schemas
    with pytest.raises(UnreadableAnnotation, match=r"'list\[Outcom\]' of its return"):
        _ = Step("s", mistyped_return).schemas


def test_an_annotation_that_is_not_needed_may_be_wrong() -> None:
    assert Step("s", mistyped, input_schema=int).output_schema is Outcome
    assert Step("s", mistyped_return, output_schema=int).schemas.input.type_ is Expense
    assert Step("s", mistyped).output_schema is Outcome


def test_models_defined_in_the_same_function_are_found() -> None:
    class Local(BaseModel):
        a: int

    @step
    def near(data: Local) -> Local | None:
        return data

    def make() -> Step:
        class Inner(BaseModel):
            b: int

        def inside(data: Inner) -> Local:
            return Local(a=data.b)

        return Step("inside", inside)

    assert near.schemas.input.type_ is Local
    assert near.schemas.output.type_ is Local
    far = make()
    assert far.schemas.input.load({"b": 1}).b == 1
    assert far.schemas.output.type_ is Local


def test_models_defined_after_their_step_are_found() -> None:
    @step
    def early(data: Late) -> Late:
        return data

    class Late(BaseModel):
        a: int

    assert early.schemas.input.type_ is Late


def yields(data: int) -> Any:
    yield data


async def yields_later(data: int) -> Any:
    yield data


def three(a: int, b: int, c: int) -> None: ...


def keyword(a: int, *, who: str) -> None: ...


def context_first(ctx: StepContext[Any, Any]) -> None: ...


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (yields, "yields"),
        (yields_later, "yields"),
        (three, "more than"),
        (keyword, "'who'"),
        (context_first, "context as its first"),
    ],
)
def test_a_function_that_cannot_be_a_step_says_why(
    function: Callable[..., Any], fault: str
) -> None:
    (problem,) = Step("s", function).call_problems
    assert fault in problem


def test_the_default_id_is_the_name_with_dashes() -> None:
    @step
    def manager_approval(data: int) -> int:
        return data

    assert manager_approval.id == "manager-approval"
    assert manager_approval.execute(3) == 3


def test_the_decorator_takes_an_id_and_options() -> None:
    @step("other", description="Adds", retries=2, retry_delay=timedelta(minutes=1))
    def add(data: int) -> int:
        return data + 1

    @step(id="named", timeout=1.5, transaction=True, metadata={"a": 1})
    def named(data: int) -> int:
        return data

    assert (add.id, add.description, add.retries) == ("other", "Adds", 2)
    assert add.retry_delay == 60.0
    assert (named.id, named.timeout, named.transaction) == ("named", 1.5, True)
    assert named.metadata == {"a": 1}
    assert named.retries is None


def test_a_clone_differs_only_by_its_id() -> None:
    original = Step("a", plain, resume_schema=bool, retries=3)
    attach(original, "policy", {"groups": ["managers"]})
    twin = original.clone(id="b")
    assert (original.id, twin.id) == ("a", "b")
    assert twin.execute is plain
    assert twin.resume_schema is bool
    assert twin.retries == 3
    attach(twin, "policy", None)
    assert original.extensions == {"policy": {"groups": ["managers"]}}


def test_extensions_can_be_attached_above_and_below_the_decorator() -> None:
    def policy(target: Any) -> Any:
        return attach(target, "policy", "P")

    @policy
    @step
    def above(data: int) -> int:
        return data

    @step
    @policy
    def below(data: int) -> int:
        return data

    assert above.extensions == below.extensions == {"policy": "P"}


def test_an_extension_below_is_of_one_function_only() -> None:
    def first(data: int) -> int:
        return data

    def second(data: int) -> int:
        return data

    attach(first, "a", 1)
    attach(first, "b", 2)
    assert Step("s", first).extensions == {"a": 1, "b": 2}
    assert Step("s", second).extensions == {}
    attach(Desk().approve, "a", 1)
    assert Step("s", Desk().approve).extensions == {"a": 1}
