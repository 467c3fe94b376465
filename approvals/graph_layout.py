"""Where the boxes of a workflow's graph stand: pure arithmetic on `wf.graph()`.

A graph is made of blocks, so a layout is too: a column stacks blocks, a fan puts
columns side by side, a frame goes round a nested workflow, a loop or a for-each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from django.utils.translation import gettext as _

from approvals.badges import STEP, UNKNOWN, Badge, Tone
from approvals.questions import in_words
from workflows.json_gate import JSONObject, JSONValue

BOX_WIDTH, BOX_HEIGHT = 156, 44
GAP, FAN_GAP, PAD, HEAD = 26, 16, 12, 22
LETTERS = 20
_MADE_UP = re.compile(r"(sleep|mapping)_.+_\d+$")  # an id that the builder chose
SIGNS: dict[Tone, str] = {"good": "✓", "bad": "✕", "wait": "◷", "go": "▸", "idle": "○"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step: a box with its name, and its status as sign and word."""

    x: float
    y: float
    name: str
    badge: Badge
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def short(self) -> str:
        return (
            self.name if len(self.name) <= LETTERS else self.name[: LETTERS - 1] + "…"
        )

    @property
    def sign(self) -> str:
        return SIGNS[self.badge.tone]

    @property
    def text_x(self) -> float:
        return self.x + 12

    @property
    def name_y(self) -> float:
        return self.y + 18

    @property
    def word_y(self) -> float:
        return self.y + 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a block encloses, with a word about it."""

    x: float
    y: float
    width: float
    height: float
    label: str

    @property
    def text_x(self) -> float:
        return self.x + PAD

    @property
    def text_y(self) -> float:
        return self.y + 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line down from one box to the next, bent where they don't stand in line."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def path(self) -> str:
        if self.x1 == self.x2:
            return f"M{self.x1:g} {self.y1:g}V{self.y2:g}"
        middle = (self.y1 + self.y2) / 2
        curve = f"{self.x1:g} {middle:g} {self.x2:g} {middle:g} {self.x2:g} {self.y2:g}"
        return f"M{self.x1:g} {self.y1:g}C{curve}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A finished drawing, or a part of one; lines join it at `entries` and `exits`."""

    width: float = 0
    height: float = 0
    nodes: tuple[Node, ...] = ()
    frames: tuple[Frame, ...] = ()
    edges: tuple[Edge, ...] = ()
    entries: tuple[tuple[float, float], ...] = ()
    exits: tuple[tuple[float, float], ...] = ()

    def moved(self, dx: float, dy: float) -> "Graph":
        """The same drawing somewhere else."""
        return replace(
            self,
            nodes=tuple(replace(n, x=n.x + dx, y=n.y + dy) for n in self.nodes),
            frames=tuple(replace(f, x=f.x + dx, y=f.y + dy) for f in self.frames),
            edges=tuple(
                Edge(x1=e.x1 + dx, y1=e.y1 + dy, x2=e.x2 + dx, y2=e.y2 + dy)
                for e in self.edges
            ),
            entries=tuple((x + dx, y + dy) for x, y in self.entries),
            exits=tuple((x + dx, y + dy) for x, y in self.exits),
        )


def layout(graph: JSONObject, statuses: Mapping[str, str]) -> Graph:
    """Draw a workflow; `statuses` says how each dotted path stands."""
    drawn = _Artist(statuses).column(_entries(graph), ())
    moved = drawn.moved(1, 1)
    return replace(moved, width=drawn.width + 2, height=drawn.height + 2)


@dataclass(frozen=True, slots=True)
class _Artist:
    statuses: Mapping[str, str] = field(default_factory=dict)

    def column(self, entries: Sequence[JSONObject], path: tuple[str, ...]) -> Graph:
        """Blocks one below the other, joined by lines, all on one axis."""
        blocks = [self.block(entry, path) for entry in entries]
        if not blocks:
            return Graph()
        width = max(block.width for block in blocks)
        placed: list[Graph] = []
        y = 0.0
        for block in blocks:
            placed.append(block.moved((width - block.width) / 2, y))
            y += block.height + GAP
        edges = [e for a, b in pairwise(placed) for e in _join(a, b)]
        return _union(
            placed,
            edges,
            width=width,
            height=y - GAP,
            entries=placed[0].entries,
            exits=placed[-1].exits,
        )

    def block(self, entry: JSONObject, path: tuple[str, ...]) -> Graph:
        match entry.get("kind"):
            case "parallel":
                return self.fan(_members(entry), path, ())
            case "branch":
                return self.fan(
                    _members(entry), path, _strings(entry.get("conditions"))
                )
            case "loop":
                return _framed(self.column(_members(entry), path), _loop_words(entry))
            case "foreach":
                return _framed(self.column(_members(entry), path), _("for each item"))
            case "workflow":
                inner = self.column(_entries(entry), (*path, str(entry.get("id"))))
                return _framed(inner, spoken(str(entry.get("id"))))
            case _:
                return self.box(entry, path)

    def fan(
        self,
        members: Sequence[JSONObject],
        path: tuple[str, ...],
        conditions: Sequence[str],
    ) -> Graph:
        """Blocks side by side; a branch's arms carry their conditions."""
        blocks = [self.block(member, path) for member in members]
        blocks = [
            _framed(block, condition) if condition else block
            for block, condition in zip(
                blocks, [*conditions, *[""] * len(blocks)], strict=False
            )
        ]
        placed: list[Graph] = []
        x = 0.0
        for block in blocks:
            placed.append(block.moved(x, 0))
            x += block.width + FAN_GAP
        return _union(
            placed,
            [],
            width=x - FAN_GAP,
            height=max((block.height for block in blocks), default=0),
            entries=tuple(point for block in placed for point in block.entries),
            exits=tuple(point for block in placed for point in block.exits),
        )

    def box(self, entry: JSONObject, path: tuple[str, ...]) -> Graph:
        id_ = str(entry.get("id", ""))
        status = self.statuses.get(".".join((*path, id_)), "idle")
        node = Node(x=0, y=0, name=spoken(id_), badge=STEP.get(status, UNKNOWN))
        return Graph(
            width=BOX_WIDTH,
            height=BOX_HEIGHT,
            nodes=(node,),
            entries=((BOX_WIDTH / 2, 0),),
            exits=((BOX_WIDTH / 2, BOX_HEIGHT),),
        )


def _join(above: Graph, below: Graph) -> list[Edge]:
    return [
        Edge(x1=x1, y1=y1, x2=x2, y2=y2)
        for x1, y1 in above.exits
        for x2, y2 in below.entries
    ]


def _framed(inner: Graph, label: str) -> Graph:
    width, height = inner.width + 2 * PAD, inner.height + HEAD + PAD
    moved = inner.moved(PAD, HEAD)
    frame = Frame(x=0, y=0, width=width, height=height, label=label)
    return replace(
        moved,
        width=width,
        height=height,
        frames=(frame, *moved.frames),
        entries=((width / 2, 0),),
        exits=((width / 2, height),),
    )


def _union(
    parts: Sequence[Graph],
    edges: Sequence[Edge],
    *,
    width: float,
    height: float,
    entries: tuple[tuple[float, float], ...],
    exits: tuple[tuple[float, float], ...],
) -> Graph:
    return Graph(
        width=width,
        height=height,
        nodes=tuple(node for part in parts for node in part.nodes),
        frames=tuple(frame for part in parts for frame in part.frames),
        edges=(*(edge for part in parts for edge in part.edges), *edges),
        entries=entries,
        exits=exits,
    )


def _loop_words(entry: JSONObject) -> str:
    condition = str(entry.get("condition") or "")
    if not condition:
        return _("repeated")
    words = _("until %(condition)s") if entry.get("until") else _("while %(condition)s")
    return words % {"condition": condition}


def spoken(id_: str) -> str:
    """A step's id in words, or what it does where nobody gave it one."""
    match _MADE_UP.match(id_):
        case None:
            return in_words(id_)
        case kind:
            return _("Wait") if kind[1] == "sleep" else _("Reshape")


def _entries(graph: JSONObject) -> list[JSONObject]:
    return _objects(graph.get("entries"))


def _members(entry: JSONObject) -> list[JSONObject]:
    return _objects(entry.get("members"))


def _objects(value: JSONValue) -> list[JSONObject]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]


def _strings(value: JSONValue) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
