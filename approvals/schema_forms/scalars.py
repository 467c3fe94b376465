"""Shapes of one control: how a text is shown and how it is read back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
)
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from approvals import markdown
from workflows.errors import FieldError
from workflows.json_gate import JSONValue

from . import messages
from .controls import REASON, SECRET, Controls, join, typed_before
from .shapes import Field, FormContext, Info, Place, Shape
from .values import MISSING, MaybeJSON, Unreadable, is_encodable, same_lines

LONG_TEXT: Final = 200  # characters from which a text gets an area instead of a line
LONG_TEXT_NAMES: Final = frozenset(
    {"comment", "comments", "description", "explanation", "message", "note", "notes"}
    | {"reason", "remarks"}
)
_IP: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "ipv4": ("ip", IPv4Address),
    "ipv6": ("ip", IPv6Address),
    "ipvanyaddress": ("ip", ip_address),
    "ipv4interface": ("ip", IPv4Interface),
    "ipv6interface": ("ip", IPv6Interface),
    "ipv4network": ("ip_network", IPv4Network),
    "ipv6network": ("ip_network", IPv6Network),
}
_INPUT_MODES: Final = {"email": "email", "uri": "url"}


class ScalarShape(Shape):
    """One value, one control."""

    field_class: type[ScalarField]

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        """The text that stands for a fitting value."""
        return str(value)

    @abstractmethod
    def parse(self, text: str, field: ScalarField) -> JSONValue:
        """The value a text stands for; Unreadable when it stands for none."""

    def is_blank(self, text: str) -> bool:
        return not text.strip()

    def blank_value(self) -> MaybeJSON:
        """What an empty control means: null where allowed, else nothing given."""
        return None if self.info.nullable else MISSING

    def label_of(self, value: JSONValue, form: FormContext) -> str:
        """The value as a person reads it outside a control."""
        return self.text_of(value, form)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        controls.put(place.name, self.text_of(value, place.form))

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        controls.put(place.name, "")

    def _bind(self, controls: Controls, place: Place) -> Field:
        if place.asks("restore"):
            controls.forget(place.name)
            self.fill(controls, place, place.proposed)
        field = self.field_class(self, place, controls)
        field.autofocus = place.asks("restore")
        return field


class ScalarField(Field):
    """A text in a control, and the value it stands for."""

    template = "schema_forms/text.html"

    def __init__(self, shape: ScalarShape, place: Place, controls: Controls) -> None:
        super().__init__(shape.info, place)
        self.shape = shape
        self.text = controls.text(place.name)
        self.was_sent = controls.has(place.name)

    def value(self) -> MaybeJSON:
        proposed = self.place.proposed
        # A browser changes line ends, and a decimal can be written in several ways.
        if isinstance(proposed, str) and self.text == self._text_of(proposed):
            return proposed
        if self.shape.is_blank(self.text):
            return self._blank()
        try:
            return self.shape.parse(self.text, self)
        except Unreadable as error:
            self.problem = str(error)
            return self.text

    def _blank(self) -> MaybeJSON:
        """Nothing; but who empties a control did not mean what stood there before."""
        value = self.shape.blank_value()
        if value is not MISSING or not self.was_sent or not self.first_text:
            return value
        self.problem = str(messages.NOT_EMPTY)
        return self.text

    @property
    def mark(self) -> str:
        may_be_empty = not self.first_text or self.shape.blank_value() is not MISSING
        return super().mark if may_be_empty else self.needed

    @property
    def first_text(self) -> str:
        """What stood in the control before anybody typed."""
        return self._text_of(self.began_with) or ""

    def _text_of(self, value: MaybeJSON) -> str | None:
        """What stands in the control for it; ``None`` if no text does."""
        if value is MISSING or not self.shape.fits(value):
            return None
        return same_lines(self.shape.text_of(value, self.place.form))

    @property
    def widget(self) -> str:
        return self.shape.widget

    @property
    def is_proposed(self) -> bool:
        """Whether the text came with the form, other than as the type's default."""
        proposed = self.place.proposed
        is_default = proposed == self.info.default
        return proposed is not MISSING and not is_default and self.shape.fits(proposed)

    @property
    def is_changed(self) -> bool:
        """Whether the person has changed what was proposed."""
        proposed = self.place.proposed
        if proposed is MISSING or not self.is_proposed or self.value() == proposed:
            return False
        return self.text != self.shape.text_of(proposed, self.place.form)

    @property
    def proposed_text(self) -> str:
        if not self.is_proposed or self.place.proposed is MISSING:
            return ""
        return self.shape.label_of(self.place.proposed, self.place.form)

    @property
    def shown(self) -> str:
        """The value for reading only."""
        value = self.value()
        if value is MISSING or value is None or self.problem:
            return self.text
        return self.shape.label_of(value, self.place.form)


class TextShape(ScalarShape):
    """A text, with or without a form of its own (an address, a UUID, a duration)."""

    def __init__(self, info: Info, *, name: str = "") -> None:
        super().__init__(info)
        self.field_class = TextField
        self.max_length = _whole(info.hints.get("maxLength"))
        self.min_length = _whole(info.hints.get("minLength")) or 0
        self.format = str(info.hints.get("format", ""))
        self.widget = self._chosen_widget(name)

    def type_label(self) -> str:
        return _("Text")

    def fits(self, value: JSONValue) -> bool:
        return isinstance(value, str) and is_encodable(value)

    def matches(self, value: JSONValue) -> bool:
        if not isinstance(value, str) or not self.fits(value):
            return False
        longest = self.max_length if self.max_length is not None else len(value)
        return self.min_length <= len(value) <= longest

    def is_blank(self, text: str) -> bool:
        return text == "" or (self.is_formatted and not text.strip())

    def blank_value(self) -> MaybeJSON:
        """Empty text, where that is what a plain text says when it is left empty."""
        if self.info.nullable:
            return None
        refuses_empty = self.is_formatted or self.min_length > 0
        is_left_out = not self.info.required and refuses_empty
        if is_left_out or self.format or self.info.may_be_absent:
            return MISSING
        return ""

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        text = same_lines(text)
        return text.strip() if self.format else text

    @property
    def is_formatted(self) -> bool:
        return bool(self.format) or "pattern" in self.info.hints

    def _chosen_widget(self, name: str) -> str:
        hint = self.info.hints.get("widget")
        if hint in {"text", "textarea", "markdown"}:
            return str(hint)
        is_long = self.max_length is not None and self.max_length > LONG_TEXT
        is_plain = not self.is_formatted and self.max_length is None
        if is_long or (is_plain and name in LONG_TEXT_NAMES):
            return "textarea"
        return "text"


class TextField(ScalarField):
    """A line, or an area where the text needs one; may offer ready-made reasons."""

    shape: TextShape

    def __init__(self, shape: TextShape, place: Place, controls: Controls) -> None:
        super().__init__(shape, place, controls)
        self.written = self.name
        self.text = same_lines(self.text)
        is_area = self.widget != "text" or "\n" in self.text
        self.template = f"schema_forms/{'textarea' if is_area else 'text'}.html"
        self.reasons = _texts(shape.info.hints.get("reasons"))
        reason = controls.text(self.reason_name)
        if reason in self.reasons and reason not in self.text:
            self.text = f"{reason}\n{self.text}" if self.text.strip() else reason

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        super().place_errors(self._named_by_format(error) for error in errors)

    def _named_by_format(self, error: FieldError) -> FieldError:
        """Python's own words for what is no address are no words for people."""
        kind, read = _IP.get(self.shape.format, ("", str))
        if not kind or error["type"] != "value_error":
            return error
        try:
            read(self.text.strip())
        except ValueError:
            return {**error, "type": kind}
        return error

    @property
    def reason_name(self) -> str:
        return join(self.name, REASON)

    @property
    def max_length(self) -> int | None:
        return self.shape.max_length

    def descriptions(self) -> dict[str, object]:
        return {"counter": self.max_length}

    @property
    def preview(self) -> SafeString:
        """The Markdown as it will be read, once its button was pressed."""
        is_asked = self.widget == "markdown" and self.place.asks("preview")
        if not is_asked or not markdown.is_readable(self.text):
            return SafeString("")
        return markdown.as_html(self.text)

    @property
    def input_mode(self) -> str:
        return _INPUT_MODES.get(self.shape.format, "")

    @property
    def rows(self) -> int:
        return min(max(self.text.count("\n") + 1, 3), 16)


class SecretShape(TextShape):
    """A text that is never sent to the page; left empty, it stays as it was."""

    def __init__(self, info: Info) -> None:
        super().__init__(info)
        self.field_class = SecretField
        self.widget = "secret"

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        self._fill_blank(controls, place)

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        controls.put(join(place.name, SECRET), "")

    def label_of(self, value: JSONValue, form: FormContext) -> str:
        return "••••••"

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        return text


class SecretField(ScalarField):
    """A masked control."""

    template = "schema_forms/secret.html"

    def __init__(self, shape: ScalarShape, place: Place, controls: Controls) -> None:
        super().__init__(shape, place, controls)
        self.text = controls.text(self.secret_name)
        self.is_to_type_again = typed_before(controls, place.name, self.text)

    def descriptions(self) -> dict[str, object]:
        return {"again": self.is_to_type_again}

    @property
    def secret_name(self) -> str:
        return join(self.name, SECRET)

    @property
    def is_proposed(self) -> bool:
        return False

    @property
    def first_text(self) -> str:
        return ""

    def value(self) -> MaybeJSON:
        proposed = self.place.proposed
        if self.text == "" and isinstance(proposed, str) and proposed:
            return proposed
        return super().value()

    @property
    def is_kept(self) -> bool:
        """Whether leaving the control empty keeps a value that is there."""
        return bool(self.place.proposed) and isinstance(self.place.proposed, str)


class NullShape(ScalarShape):
    """Nothing but null: no control is needed to say it."""

    widget = "null"

    def __init__(self, info: Info) -> None:
        super().__init__(info)
        self.field_class = NullField

    def type_label(self) -> str:
        return _("None")

    def fits(self, value: JSONValue) -> bool:
        return value is None

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        raise Unreadable(messages.REQUIRED)

    def blank_value(self) -> MaybeJSON:
        return None

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        """There is no control to fill."""

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        """There is no control to fill."""


class NullField(ScalarField):
    """Drawn as the words for nothing."""

    template = "schema_forms/null.html"

    def value(self) -> MaybeJSON:
        return None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _texts(value: JSONValue | None) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
