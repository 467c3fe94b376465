"""What every shape and every field is.

A *shape* is what a type looks like in a form: made from the JSON Schema, knows how to
write a value into controls and how to read controls back. A *field* is a shape bound
to one place in one form: it has a name, a text, errors and a value. The first showing
and every later one take the same way: value → controls → field → page.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from workflows import json_gate, masking
from workflows.errors import FieldError, PayloadRejected
from workflows.json_gate import JSONObject, JSONValue

from . import messages
from .controls import (
    ACTION,
    AGAIN,
    JSON,
    SECRET,
    Action,
    Controls,
    is_secret,
    join,
    typed_before,
)
from .values import MAX_DEPTH, MISSING, MaybeJSON, is_empty, json_text, same_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What the author said about a part, besides its shape."""

    label: str
    help: str = ""
    required: bool = True
    nullable: bool = False
    read_only: bool = False
    default: MaybeJSON = MISSING
    hints: JSONObject  # the whole schema of the part, with the author's own keys
    beside: Sequence[JSONObject] = ()  # what else may say that the same text is secret

    @property
    def may_be_absent(self) -> bool:
        """Whether nothing, too, is an answer that a person may give here."""
        return self.nullable or (not self.required and self.default is MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContext:
    """What all fields of one form share."""

    prefix: str
    zone: ZoneInfo
    decimal_separator: str = "."
    action: Action | None = None
    definitions: JSONObject = field(default_factory=dict)  # what parts may refer to


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a form a field stands."""

    name: str
    form: FormContext
    proposed: MaybeJSON = MISSING  # what the form was opened with, for this very place
    read_only: bool = False
    depth: int = 0
    unchosen: int = 0  # parts around this one that are shown without being chosen

    def part(self, segment: str, proposed: MaybeJSON = MISSING) -> Place:
        """The place of a part of what stands here."""
        return replace(
            self,
            name=join(self.name, segment),
            proposed=proposed,
            depth=self.depth + 1,
        )

    def asks(self, verb: str) -> bool:
        """Whether the button that was pressed is this place's own."""
        action = self.form.action
        return action is not None and (action.verb, action.name) == (verb, self.name)


class Field:
    """One bound part of a form. Templates read it, the form asks it for its value."""

    template: str
    written = ""  # the control into which somebody writes words, if there is one

    def __init__(self, info: Info, place: Place) -> None:
        self.info = info
        self.place = place
        self.label = info.label
        self.errors: list[str] = []
        self.problem = ""  # why the typed text has no value; shown by validation only
        self.needed = ""  # when, in words, for one that is optional otherwise
        self.autofocus = False

    def value(self) -> MaybeJSON:
        raise NotImplementedError

    def parts(self) -> Sequence[Field]:
        """The fields right inside this one."""
        return ()

    def drawn(self) -> Sequence[Field]:
        """The same, with those that count only once they are chosen."""
        return self.parts()

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        """Put each error where its `loc`, relative to this field, points.

        What points to no part of the field is shown at the field itself.
        """
        for error in errors:
            self.add_error(messages.at_place(error))

    def add_error(self, message: str) -> None:
        # Text that couldn't be read is refused by the model once more, in its words.
        if not self.problem and message not in self.errors:
            self.errors.append(message)

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def id(self) -> str:
        return f"id_{self.name}"

    @property
    def focus_id(self) -> str:
        """The id a link in the summary jumps to."""
        return self.id

    @property
    def first_control(self) -> Field:
        parts = self.parts()
        return parts[0].first_control if parts else self

    @property
    def read_only(self) -> bool:
        return self.place.read_only

    @property
    def began_with(self) -> MaybeJSON:
        """What it held before anybody typed: what was proposed, else the default."""
        proposed = self.place.proposed
        return self.info.default if proposed is MISSING else proposed

    @property
    def differs(self) -> bool:
        """Whether it holds something else now, or nothing where something stood."""
        value, before = self.value(), self.began_with
        return value != before and not (is_empty(value) and is_empty(before))

    @property
    def mark(self) -> str:
        """What the label adds about whether it must be filled in."""
        if self.info.required or self.read_only:
            return ""
        return self.needed or _("(optional)")

    @property
    def described_by(self) -> str:
        """Ids of the texts that describe the control, errors first."""
        said = {"error": self.errors, "help": self.help, **self.descriptions()}
        return " ".join(f"{self.id}-{what}" for what, text in said.items() if text)

    def descriptions(self) -> dict[str, object]:
        """What else stands beside the control, by the end of its id; if it does."""
        return {}

    @property
    def help(self) -> str:
        return self.info.help

    @property
    def action_name(self) -> str:
        return join(self.place.form.prefix, ACTION)


class Shape(ABC):
    """What a type looks like in a form."""

    widget: str = ""
    is_composite: bool = False

    def __init__(self, info: Info) -> None:
        self.info = info

    def fill(self, controls: Controls, place: Place, value: MaybeJSON) -> None:
        """Write the value, else the default, into the controls of the place.

        A value of another shape, or too large for controls, is written as JSON text.
        """
        value = self._presentable(value)
        if value is MISSING or (value is None and self.info.nullable):
            self._fill_blank(controls, place)
        elif self.fits(value) and place.depth <= MAX_DEPTH:
            self._fill_value(controls, place, value)
        else:
            self._fill_json(controls, place, value)
        if self.is_composite and controls.full:
            controls.forget(place.name)
            self._fill_json(controls, place, value)

    def bind(self, controls: Controls, place: Place) -> Field:
        """The field that these controls make of this shape at this place."""
        if self.info.read_only and not place.read_only:
            controls.forget(place.name)
            self.fill(controls, place, place.proposed)
            place = replace(place, read_only=True)
        json = join(place.name, JSON)
        names = (json, join(json, SECRET), join(json, AGAIN))
        if any(map(controls.has, names)) or place.depth > MAX_DEPTH:
            return JsonField(self.info, place, controls)
        return self._bind(controls, place)

    @property
    def row_label(self) -> str:
        """What a row of a list of these is called; empty: as the list is."""
        return self.info.label

    @abstractmethod
    def type_label(self) -> str:
        """What a person calls a value of this type, where no author named it."""

    @abstractmethod
    def fits(self, value: JSONValue) -> bool:
        """Whether controls of this shape can hold exactly this value."""

    def matches(self, value: JSONValue) -> bool:
        """Whether the value looks like it was made for this shape, parts included."""
        return self.fits(value)

    @abstractmethod
    def _fill_value(
        self, controls: Controls, place: Place, value: JSONValue
    ) -> None: ...

    @abstractmethod
    def _fill_blank(self, controls: Controls, place: Place) -> None: ...

    @abstractmethod
    def _bind(self, controls: Controls, place: Place) -> Field: ...

    def _fill_json(self, controls: Controls, place: Place, value: MaybeJSON) -> None:
        text = (
            "" if value is MISSING else json_text(_covered(value, self.info, place)[0])
        )
        controls.put(_json_control(self.info, place), text)

    def _presentable(self, value: MaybeJSON) -> MaybeJSON:
        if value is None and not self.info.nullable and not self.fits(None):
            value = MISSING
        return self.info.default if value is MISSING else value


ShapeMaker = Callable[[], Shape]


class JsonShape(Shape):
    """Anything: a text area for JSON. What no other shape can draw, this one can."""

    widget = "json"

    def type_label(self) -> str:
        return _("Anything, as JSON")

    def fits(self, value: JSONValue) -> bool:
        return True

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        # Nothing is written as nothing where leaving it empty says the same.
        is_nothing = value is None and (self.info.nullable or self.info.default is None)
        self._fill_json(controls, place, MISSING if is_nothing else value)

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        self._fill_json(controls, place, MISSING)

    def _bind(self, controls: Controls, place: Place) -> Field:
        return JsonField(self.info, place, controls)


class JsonField(Field):
    """A value typed as JSON; unreadable text stays as it was typed."""

    template = "schema_forms/json.html"
    widget = "json"

    def __init__(self, info: Info, place: Place, controls: Controls) -> None:
        super().__init__(info, place)
        self.control_name = _json_control(info, place)
        self.written = "" if is_secret(self.control_name) else self.control_name
        self.text = same_lines(controls.text(self.control_name))
        self.is_to_type_again = typed_before(controls, join(place.name, JSON), "")

    def value(self) -> MaybeJSON:
        if not self.text.strip():
            return None if self.info.nullable else MISSING
        try:
            value = json_gate.parse(self.text)
        except PayloadRejected as error:
            self.problem = messages.bad_json(error)
            return self.text
        return self._uncovered(value)

    def _uncovered(self, value: JSONValue) -> JSONValue:
        """What was typed, with the secrets that the text shows masks of."""
        given = self.began_with
        if given is MISSING:
            return value
        _shown, secrets = _covered(given, self.info, self.place)
        schema = _schema(self.info, self.place)
        return masking.uncovered(value, schema, secrets) if secrets else value

    @property
    def rows(self) -> int:
        return min(max(self.text.count("\n") + 1, 4), 20)

    def descriptions(self) -> dict[str, object]:
        return {"json": True, "again": self.is_to_type_again}


def _json_control(info: Info, place: Place) -> str:
    """The control of JSON text; no draft keeps one that secrets may stand in."""
    name = join(place.name, JSON)
    described: list[JSONValue] = [info.hints, *info.beside]
    holds_secrets = masking.leads_to_secrets(described, place.form.definitions)
    return join(name, SECRET) if holds_secrets else name


def _covered(
    value: JSONValue, info: Info, place: Place
) -> tuple[JSONValue, dict[str, str]]:
    return masking.covered(value, _schema(info, place))


def _schema(info: Info, place: Place) -> JSONObject:
    choices: list[JSONValue] = [info.hints, *info.beside]
    return {"anyOf": choices, "$defs": place.form.definitions}
