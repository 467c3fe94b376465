"""Workflows of every construct at random, for tests that need no user code.

Ids say what to expect: a step whose id begins with ``list`` makes a list, one that
begins with ``t`` runs in a transaction, a workflow's begins with ``n``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from workflows import Step, Workflow

PAST = datetime(2020, 1, 1, tzinfo=UTC)
FUTURE = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Shape:
    """A workflow's entries as plain data, so that an example can be read."""

    kind: str
    members: list[Shape] = field(default_factory=list)
    option: int = 0


def shapes(depth: int) -> st.SearchStrategy[Shape]:
    """One entry; its members are steps or, above depth 0, workflows."""
    step = st.just(Shape("step")) | st.just(Shape("step")) | st.just(Shape("transact"))
    if depth == 0:
        member = step
    else:
        inner = st.lists(shapes(depth - 1), min_size=1, max_size=3)
        member = step | step | inner.map(lambda found: Shape("nested", found))
    option = st.integers(0, 3)

    def block(kind: str, most: int) -> st.SearchStrategy[Shape]:
        found = st.lists(member, min_size=1, max_size=most)
        return st.builds(Shape, st.just(kind), found, option)

    plain = st.builds(
        Shape, st.sampled_from(("map", "sleep", "sleep_until")), option=option
    )
    return st.one_of(
        member,
        plain,
        block("parallel", 3),
        block("branch", 3),
        block("loop", 1),
        block("foreach", 1),
    )


def flows(depth: int = 2) -> st.SearchStrategy[Workflow]:
    """Committed workflows; what runs in them is up to the test."""
    return st.lists(shapes(depth), min_size=2, max_size=4).map(built)


def built(entries: list[Shape]) -> Workflow:
    """The workflow a list of shapes describes."""
    return Builder().workflow("flow", entries)


def _anything(_: Any) -> Any:
    raise AssertionError("no user code runs here")


class Builder:
    """Makes a workflow of shapes; override what stands for user code."""

    def __init__(self) -> None:
        self._made = 0

    def execute(self, id: str) -> Callable[..., Any]:
        """The function of a step."""
        return _anything

    def transact(self, id: str) -> Callable[..., Any]:
        """The function of a step in a transaction."""
        return _anything

    def mapping(self, option: int, before: Sequence[str]) -> Any:
        """A function or a dict; ``before`` are the steps ahead of it."""
        return _anything

    def condition(self, member: str, option: int) -> Callable[..., Any]:
        """Of an arm, or of a loop, by the id of its member."""
        return _anything

    def sleep(self, option: int) -> Any:
        """A length or a function."""
        return _anything if option == 0 else 10.0 * (option - 1)

    def moment(self, option: int) -> Any:
        return (_anything, PAST, FUTURE, FUTURE)[option]

    def workflow(self, id: str, entries: list[Shape]) -> Workflow:
        flow = self.named(id)
        before: list[str] = []
        for shape in entries:
            self.add(flow, shape, before)
        return flow.commit(register=False)

    def named(self, id: str) -> Workflow:
        return Workflow(id, retries=1)

    def add(self, flow: Workflow, shape: Shape, before: list[str]) -> None:
        option = shape.option
        match shape.kind:
            case "step" | "transact" | "nested":
                member = self.member(shape)
                flow.then(member)
                before += [] if shape.kind == "nested" else [member.id]
            case "map":
                flow.map(self.mapping(option, before))
            case "sleep":
                flow.sleep(self.sleep(option))
            case "sleep_until":
                flow.sleep_until(self.moment(option))
            case "parallel":
                flow.parallel(self.all(shape), allow_failure=option == 0)
            case "branch":
                flow.branch(
                    [
                        (self.condition(member.id, option + number), member)
                        for number, member in enumerate(self.all(shape))
                    ]
                )
            case "loop":
                member = self.member(shape.members[0])
                condition = self.condition(member.id, option)
                (flow.dowhile if option % 2 else flow.dountil)(member, condition)
            case "foreach":
                flow.then(self.step("list"))
                flow.foreach(self.member(shape.members[0]), concurrency=option or 1)

    def all(self, shape: Shape) -> list[Step | Workflow]:
        return [self.member(member) for member in shape.members]

    def member(self, shape: Shape) -> Step | Workflow:
        if shape.kind == "nested":
            return self.workflow(self.name("n"), shape.members)
        if shape.kind == "transact":
            id = self.name("t")
            return Step(id, self.transact(id), transaction=True)
        return self.step("s")

    def step(self, prefix: str) -> Step:
        id = self.name(prefix)
        return Step(id, self.execute(id))

    def name(self, prefix: str) -> str:
        self._made += 1
        return f"{prefix}{self._made}"
