"""Where each value of a map's dict form comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from workflows.json_gate import JSONObject, JSONValue

Source: TypeAlias = Literal[
    "step", "init_data", "request_context", "value", "fn", "template"
]
_UNSET: Final[Any] = object()
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
ROOTS: Final = ("inputData", "initData", "requestContext", "state", "stepResults")


class HasId(Protocol):
    """A step or a workflow."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A literal part of a template."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A part of a template that is looked up: root, then keys."""

    root: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapVariable:
    """One value of a map: its source, and where in the source it lies.

    ``steps`` are alternatives, the first that ran counts; each may be a dotted path
    into a nested workflow. ``path`` holds the keys below the source.
    """

    source: Source
    steps: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    key: str = ""
    value: Any = None
    fn: Callable[[Any], Any] | None = None
    template: str = ""
    problems: tuple[str, ...] = ()

    def parts(self) -> Iterator[Text | Placeholder]:
        """A template cut into literal text and placeholders, in order."""
        at = 0
        for match in _PLACEHOLDER.finditer(self.template):
            if match.start() > at:
                yield Text(text=self.template[at : match.start()])
            root, *keys = match[1].split(".")
            yield Placeholder(root=root, keys=tuple(keys))
            at = match.end()
        if at < len(self.template):
            yield Text(text=self.template[at:])

    def reads(self) -> tuple[str, ...]:
        """The steps whose results it looks at, as dotted paths."""
        parts = [part for part in self.parts() if isinstance(part, Placeholder)]
        roots = [part.keys[0] for part in parts if part.root == "stepResults"]
        return (*self.steps, *roots)

    def describe(self) -> JSONObject:
        """The variable as JSON, without code or constants."""
        steps: list[JSONValue] = list(self.steps)
        facts: JSONObject = {"source": self.source}
        if steps:
            facts["steps"] = steps
        if self.path:
            facts["path"] = ".".join(self.path)
        if self.key:
            facts["key"] = self.key
        if self.source == "template":
            facts["template"] = self.template
        return facts


def map_variable(
    *,
    step: HasId | str | Sequence[HasId | str] | None = None,
    path: str | None = None,
    init_data: bool = False,
    request_context: str | None = None,
    value: Any = _UNSET,
    fn: Callable[[Any], Any] | None = None,
    template: str | None = None,
) -> MapVariable:
    """Name one source of a mapped value; what is wrong with it shows at ``commit()``.

    A template is text with ``${root.key.key}`` in it; roots are ``inputData``,
    ``initData``, ``requestContext``, ``state`` and ``stepResults.<stepId>``.
    """
    given: dict[Source, bool] = {
        "step": step is not None,
        "init_data": bool(init_data),
        "request_context": request_context is not None,
        "value": value is not _UNSET,
        "fn": fn is not None,
        "template": template is not None,
    }
    sources = [source for source, is_given in given.items() if is_given]
    problems = list(_source_problems(sources, path, fn))
    problems += _template_problems(template)
    return MapVariable(
        source=sources[0] if sources else "value",
        steps=_step_ids(step),
        path=_keys(path),
        key=request_context or "",
        value=None if value is _UNSET else value,
        fn=fn,
        template=template or "",
        problems=tuple(problems),
    )


def _source_problems(
    sources: list[Source], path: str | None, fn: object
) -> Iterator[str]:
    if len(sources) != 1:
        found = ", ".join(sources) or "none"
        yield (
            f"has {found} as its source; give exactly one of step, init_data, "
            "request_context, value, fn, template"
        )
    if path is not None and not {"step", "init_data"} & set(sources):
        yield "has a path, which only step and init_data take; leave it out"
    if fn is not None and not callable(fn):
        yield "has an fn that can't be called; give a function of the context"


def _template_problems(template: str | None) -> Iterator[str]:
    for match in _PLACEHOLDER.finditer(template or ""):
        inner = match[1]
        root, *keys = inner.split(".")
        if not inner or inner != inner.strip():
            yield (
                f"has the template placeholder {match[0]!r}, which is empty or "
                "whitespace-padded; write ${inputData.key}"
            )
        elif root not in ROOTS:
            yield (
                f"has the template placeholder {match[0]!r}; it must begin with one "
                f"of {', '.join(ROOTS)}"
            )
        elif root == "stepResults" and not (keys and keys[0]):
            yield (
                f"has the template placeholder {match[0]!r}; "
                "write ${stepResults.<stepId>} or ${stepResults.<stepId>.key}"
            )
        elif not all(keys):
            yield f"has an empty key in the template placeholder {match[0]!r}; name it"


def _step_ids(step: HasId | str | Sequence[HasId | str] | None) -> tuple[str, ...]:
    if step is None:
        return ()
    if isinstance(step, list | tuple):
        return tuple(_step_id(one) for one in step)
    return (_step_id(step),)


def _step_id(step: Any) -> str:
    return step if isinstance(step, str) else str(getattr(step, "id", step))


def _keys(path: str | None) -> tuple[str, ...]:
    return () if path in (None, "", ".") else tuple(path.split("."))
