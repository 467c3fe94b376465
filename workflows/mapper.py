"""Evaluate a map: by its function, or key by key from its variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows import json_gate
from workflows.context import StepContext
from workflows.graph import ContextFunction
from workflows.json_gate import JSONValue
from workflows.mapping import MapVariable, Placeholder, Text
from workflows.schema import Schema
from workflows.steps import Threads, call

Context = StepContext[Any, Any]


async def mapped(
    mapping: ContextFunction | Mapping[str, MapVariable],
    context: Context,
    threads: Threads,
) -> JSONValue:
    """The map's output as JSON; what its functions raise passes through."""
    if callable(mapping):
        return Schema.of(None).dump(await call(mapping, context, threads))
    values = {
        key: await _value(variable, context, threads)
        for key, variable in mapping.items()
    }
    return Schema.of(None).dump(values)


async def _value(variable: MapVariable, context: Context, threads: Threads) -> Any:
    match variable.source:
        case "step":
            return _at(_first_result(variable.steps, context), variable.path)
        case "init_data":
            return _at(_plain(context.get_init_data()), variable.path)
        case "request_context":
            return context.request_context.get(variable.key)
        case "value":
            return variable.value
        case "fn":
            assert variable.fn is not None
            return await call(variable.fn, context, threads)
        case "template":
            return "".join(_text(part, context) for part in variable.parts())


def _first_result(steps: Sequence[str], context: Context) -> JSONValue:
    for step in steps:
        if context.has_step_result(step):
            found: JSONValue = context.get_step_result(step)
            return found
    return None


def _plain(value: Any) -> JSONValue:
    return Schema.of(None).dump(value)


def _at(value: JSONValue, path: Sequence[str]) -> JSONValue:
    """What lies under ``path``; a missing key or index gives ``None``."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _text(part: Text | Placeholder, context: Context) -> str:
    if isinstance(part, Text):
        return part.text
    value = _at(_root(part, context), _below(part))
    if value is None:
        return ""
    return value if isinstance(value, str) else json_gate.dumps(value)


def _root(part: Placeholder, context: Context) -> JSONValue:
    match part.root:
        case "inputData":
            return _plain(context.input_data)
        case "initData":
            return _plain(context.get_init_data())
        case "requestContext":
            return context.request_context
        case "state":
            return _plain(context.state)
        case _:
            return _first_result(part.keys[:1], context)


def _below(part: Placeholder) -> Sequence[str]:
    return part.keys[1:] if part.root == "stepResults" else part.keys
