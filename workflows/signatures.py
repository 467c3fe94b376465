"""Read what a step's function says about itself: its arguments and its types."""

from __future__ import annotations

import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final, Literal, TypeAlias, Union

from asgiref.sync import iscoroutinefunction

from workflows.outcomes import Aborted, Bailed, Suspended

Arity: TypeAlias = Literal[0, 1, 2]
Function: TypeAlias = Callable[..., Any]
Names: TypeAlias = Mapping[str, Any]

_OUTCOMES: Final = (Suspended, Bailed, Aborted)
# Known by name even where a module imports them for type checking only.
_OWN_NAMES: Final = {outcome.__name__: outcome for outcome in _OUTCOMES}
_POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


class UnreadableAnnotation(TypeError):
    """An annotation that is needed can't be resolved; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a step's function is called; ``problems`` say why it can't be."""

    arity: Arity
    is_async: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputType:
    """The return annotation without suspensions and None, and whether None was in."""

    type_: Any = None
    may_be_none: bool = False


def read_signature(function: Function) -> Signature:
    """How to call ``function``: with nothing, the input, or input and context.

    The first parameter is the input and the second the context. A second one with a
    default keeps it (``lambda item, i=i: ...``) unless it is called ``ctx``.
    """
    parameters = _parameters(function)
    if parameters is None:  # a builtin that doesn't tell
        return Signature(arity=1, is_async=False)
    return Signature(
        arity=_arity(parameters),
        is_async=is_async(function),
        problems=tuple(_problems(function, parameters)),
    )


def is_async(function: Function) -> bool:
    """Whether a call gives a coroutine; sees through partials and callable objects."""
    bare = _without_partial(function)
    return iscoroutinefunction(bare) or iscoroutinefunction(_call_method(bare))


def input_type(function: Function, local: Names) -> Any:
    """The annotation of the first parameter; None if there is none."""
    parameters = _parameters(function) or ()
    name = next((p.name for p in parameters if p.kind in _POSITIONAL), None)
    return None if name is None else _annotation(function, name, local)


def output_type(function: Function, local: Names) -> OutputType:
    """What the return annotation says about the output."""
    return _output(_annotation(function, "return", local))


def local_names(function: Function) -> dict[str, Any]:
    """Names in the functions now running in ``function``'s module, inner ones first.

    With postponed annotations they are the only way to a model defined in a function.
    """
    bare = _annotated(function)
    spelled = getattr(bare, "__annotations__", {}).values()
    if not any(isinstance(annotation, str) for annotation in spelled):
        return {}
    if "<locals>" not in getattr(bare, "__qualname__", ""):
        return {}
    return _names_in_frames(getattr(bare, "__globals__", None))


def _names_in_frames(scope: Any) -> dict[str, Any]:
    names: dict[str, Any] = {}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals is scope and frame.f_locals is not scope:
            names = {**frame.f_locals, **names}
        frame = frame.f_back
    return names


def _parameters(function: Function) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def _arity(parameters: list[inspect.Parameter]) -> Arity:
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    positional = [p for p in parameters if p.kind in _POSITIONAL]
    if not positional:
        return 0
    return 2 if len(positional) > 1 and _takes_context(positional[1]) else 1


def _takes_context(parameter: inspect.Parameter) -> bool:
    return (
        parameter.default is parameter.empty
        or parameter.name in ("ctx", "context")
        or _is_context(parameter.annotation)
    )


def _problems(function: Function, parameters: list[inspect.Parameter]) -> Iterator[str]:
    bare = _without_partial(function)
    if inspect.isgeneratorfunction(bare) or inspect.isasyncgenfunction(bare):
        yield "its function yields; return the output instead"
    required = [p for p in parameters if p.default is p.empty]
    if sum(p.kind in _POSITIONAL for p in required) > 2:
        yield "its function wants more than (input, ctx); take those two at most"
    for name in (p.name for p in required if p.kind is p.KEYWORD_ONLY):
        yield (
            f"its function wants the keyword {name!r}, which nobody gives; "
            "give it a default"
        )
    first = next((p for p in parameters if p.kind in _POSITIONAL), None)
    if first is not None and _is_context(first.annotation):
        yield (
            "its function takes the context as its first argument; "
            "write (input, ctx: StepContext)"
        )


def _is_context(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2] == "StepContext"
    origin = typing.get_origin(annotation) or annotation
    return getattr(origin, "__name__", "") == "StepContext"


def _annotation(function: Function, name: str, local: Names) -> Any:
    """One annotation, resolved by itself: a fault in another must not matter."""
    bare = _annotated(function)
    written: Names = getattr(bare, "__annotations__", {})
    if name not in written:
        return None
    scope = {**_OWN_NAMES, **getattr(bare, "__globals__", {}), **local}
    holder = types.SimpleNamespace(__annotations__={name: written[name]})
    try:
        found = typing.get_type_hints(holder, scope, {}, include_extras=True)[name]
    except Exception as error:
        whose = "return value" if name == "return" else f"argument {name!r}"
        raise UnreadableAnnotation(
            f"the annotation {written[name]!r} of its {whose} can't be read: {error}"
        ) from error
    return None if found is type(None) else found


def _output(annotation: Any) -> OutputType:
    if annotation in (typing.NoReturn, typing.Never, *_OUTCOMES):
        return OutputType()
    if typing.get_origin(annotation) not in (Union, types.UnionType):
        return OutputType(type_=annotation)
    options = typing.get_args(annotation)
    may_be_none = type(None) in options
    kept = tuple(o for o in options if o not in (*_OUTCOMES, type(None)))
    # Rebuilt only where something went: a union keeps its order and its metadata.
    output = annotation if len(kept) == len(options) else _union(kept)
    return OutputType(type_=output, may_be_none=may_be_none)


def _union(options: tuple[Any, ...]) -> Any:
    return Union[options] if options else None  # noqa: UP007 - built at run time


def _without_partial(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _annotated(function: Any) -> Any:
    """The plain function that carries annotations and globals."""
    bare = inspect.unwrap(_without_partial(function))
    if inspect.ismethod(bare):
        return inspect.unwrap(bare.__func__)
    if inspect.isfunction(bare) or inspect.isclass(bare):
        return bare
    return _call_method(bare) or bare


def _call_method(function: Any) -> Any:
    """The function behind a callable object; None for functions and builtins."""
    method = inspect.getattr_static(type(function), "__call__", None)
    return inspect.unwrap(method) if inspect.isfunction(method) else None
