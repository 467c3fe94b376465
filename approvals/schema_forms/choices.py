"""Yes or no, one of several, some of several."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from workflows.errors import FieldError
from workflows.json_gate import JSONValue

from . import messages
from .controls import Controls
from .scalars import ScalarField, ScalarShape
from .shapes import Field, FormContext, Info, Place, Shape
from .values import MaybeJSON, Unreadable

MAX_RADIOS: Final = 6
MAX_SELECT: Final = 15
TRUE, FALSE = "true", "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value that can be chosen; `text` is what the browser posts for it."""

    value: JSONValue
    text: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option as one field shows it."""

    id: str
    text: str
    label: str
    is_chosen: bool


class ChoiceShape(ScalarShape):
    """Exactly one of the options: radios for few, a select for more."""

    unchosen = messages.CHOOSE_ONE

    def __init__(self, info: Info, options: Sequence[tuple[JSONValue, str]]) -> None:
        super().__init__(info)
        self.field_class = ChoiceField
        self.options = _options(options)
        self._by_text = {option.text: option for option in self.options}
        self.widget = self._chosen_widget()

    def type_label(self) -> str:
        return _("One of several")

    def fits(self, value: JSONValue) -> bool:
        return self.option_of(value) is not None

    def option_of(self, value: JSONValue) -> Option | None:
        """The option with exactly this value; `1`, `1.0` and `true` are three."""
        alike = (o for o in self.options if json.dumps(o.value) == json.dumps(value))
        return next(alike, None)

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        option = self.option_of(value)
        return option.text if option else ""

    def label_of(self, value: JSONValue, form: FormContext) -> str:
        option = self.option_of(value)
        return option.label if option else ""

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        option = self._by_text.get(text)
        if option is None:
            raise Unreadable(self.unchosen)
        return option.value

    def _chosen_widget(self) -> str:
        hint = self.info.hints.get("widget")
        if hint in {"radios", "select"}:
            return str(hint)
        return "radios" if len(self.options) <= MAX_RADIOS else "select"


class ChoiceField(ScalarField):
    """Radios or a select, with a way to choose nothing where nothing is allowed."""

    shape: ChoiceShape

    def __init__(self, shape: ChoiceShape, place: Place, controls: Controls) -> None:
        super().__init__(shape, place, controls)
        self.template = f"schema_forms/{shape.widget}.html"

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for error in errors:
            is_missing = error["type"] == "missing"
            words = self.shape.unchosen if is_missing else messages.in_words(error)
            self.add_error(str(words))

    @property
    def choices(self) -> list[Choice]:
        options = [(o.text, o.label) for o in self.shape.options]
        if self.empty_label:
            options.insert(0, ("", self.empty_label))
        return [
            Choice(
                id=f"{self.id}-{number}",
                text=text,
                label=label,
                is_chosen=text == self.text,
            )
            for number, (text, label) in enumerate(options)
        ]

    @property
    def empty_label(self) -> str:
        if self.info.may_be_absent:
            return _("No answer")
        return _("Choose…") if self.widget == "select" and not self.text else ""

    @property
    def is_searchable(self) -> bool:
        return len(self.shape.options) > MAX_SELECT

    @property
    def focus_id(self) -> str:
        return f"{self.id}-0" if self.widget == "radios" else self.id


class ConstantShape(ChoiceShape):
    """One value, said by choosing the variant of a union that it is: no control."""

    def __init__(self, info: Info, options: Sequence[tuple[JSONValue, str]]) -> None:
        super().__init__(info, options)
        self.field_class = ConstantField
        self.widget = "constant"

    def type_label(self) -> str:
        return self.options[0].label

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        """There is no control to fill."""

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        """There is no control to fill."""


class ConstantField(ScalarField):
    """Drawn as what is to be said about it, which is mostly nothing."""

    shape: ConstantShape
    template = "schema_forms/constant.html"

    def value(self) -> MaybeJSON:
        return self.shape.options[0].value


class BoolShape(ChoiceShape):
    """Two radios where an answer is required, three-way where null is one, a box else.

    A box says "no" when it is left alone, so it can't ask a question.
    """

    unchosen = messages.YES_OR_NO

    def __init__(self, info: Info) -> None:
        super().__init__(info, yes_or_no(info))

    def type_label(self) -> str:
        return _("Yes or no")

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        return TRUE if value else FALSE

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        if text not in {TRUE, FALSE}:
            raise Unreadable(self.unchosen)
        return text == TRUE

    def blank_value(self) -> MaybeJSON:
        return False if self.widget == "checkbox" else super().blank_value()

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        if self.widget == "checkbox" and not value:
            controls.forget(place.name)
        else:
            super()._fill_value(controls, place, value)

    def _chosen_widget(self) -> str:
        if self.info.may_be_absent:
            return "select"
        return "radios" if self.info.required else "checkbox"


def yes_or_no(info: Info) -> list[tuple[JSONValue, str]]:
    """The options of a bool, in the author's words if there are any."""
    labels = info.hints.get("labels")
    words = labels if isinstance(labels, dict) else {}
    yes = str(words.get(TRUE) or _("Yes"))
    return [(True, yes), (False, str(words.get(FALSE) or _("No")))]


class ManyShape(Shape):
    """Any of the options, each at most once: a set, drawn as boxes."""

    widget = "checkboxes"

    def __init__(self, info: Info, options: Sequence[tuple[JSONValue, str]]) -> None:
        super().__init__(info)
        self.options = _options(options)

    def type_label(self) -> str:
        return _("Some of several")

    def fits(self, value: JSONValue) -> bool:
        if not isinstance(value, list):
            return False
        known = {json.dumps(option.value) for option in self.options}
        given = [json.dumps(item) for item in value]
        return len(set(given)) == len(given) and known.issuperset(given)

    def _fill_value(self, controls: Controls, place: Place, value: JSONValue) -> None:
        given = {json.dumps(item) for item in value} if isinstance(value, list) else ()
        chosen = [o.text for o in self.options if json.dumps(o.value) in given]
        controls.put(place.name, *chosen)

    def _fill_blank(self, controls: Controls, place: Place) -> None:
        controls.put(place.name)

    def _bind(self, controls: Controls, place: Place) -> Field:
        return ManyField(self, place, controls)


class ManyField(Field):
    """A group of boxes; none ticked is the empty list."""

    template = "schema_forms/checkboxes.html"
    widget = "checkboxes"

    def __init__(self, shape: ManyShape, place: Place, controls: Controls) -> None:
        super().__init__(shape.info, place)
        self.shape = shape
        self.texts = controls.texts(place.name)

    def value(self) -> MaybeJSON:
        known = {option.text: option.value for option in self.shape.options}
        if not known.keys() >= set(self.texts):
            self.problem = str(messages.CHOOSE_ONE)
        chosen = dict.fromkeys(self.texts)
        return [known.get(text, text) for text in chosen]

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for error in errors:
            self.add_error(messages.in_words(error))

    @property
    def choices(self) -> list[Choice]:
        return [
            Choice(
                id=f"{self.id}-{number}",
                text=option.text,
                label=option.label,
                is_chosen=option.text in self.texts,
            )
            for number, option in enumerate(self.shape.options)
        ]

    @property
    def focus_id(self) -> str:
        return f"{self.id}-0"

    @property
    def shown(self) -> str:
        """The value for reading only."""
        return ", ".join(choice.label for choice in self.choices if choice.is_chosen)


def _options(pairs: Iterable[tuple[JSONValue, str]]) -> list[Option]:
    """Options with texts no two of which are the same, and none of which is empty."""
    pairs = list(pairs)
    plain = all(isinstance(value, str) and value for value, _label in pairs)
    return [
        Option(
            value=value,
            text=str(value) if plain else json.dumps(value),
            label=label,
        )
        for value, label in pairs
    ]
