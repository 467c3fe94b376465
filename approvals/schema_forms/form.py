"""A form for any type: drawn by the server, read back, checked by the true model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.formats import get_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from approvals import uploads
from workflows import masking
from workflows.errors import FieldError
from workflows.json_gate import JSONValue

from . import messages
from .builder import shape_of_schema
from .controls import ACTION, Controls, join, own_part, parse_action, unquoted
from .groups import GroupField
from .json_schemas import form_schema
from .renewing import renew
from .schema_reading import dictionary
from .shapes import Field, FormContext, Place
from .truth import faults, faults_of_each
from .values import MISSING
from .verdict import needed_for, verdict_in

ENDS: Final = ("?", "!", ".", ":", "…", "\N{FULLWIDTH QUESTION MARK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of the summary; without a target where no control can be blamed."""

    message: str
    label: str = ""
    target: str = ""

    @property
    def lead(self) -> str:
        """What stands before the message; a label that is a question needs no colon."""
        return f"{self.label} " if self.label.endswith(ENDS) else f"{self.label}: "

    @property
    def sentence(self) -> str:
        """The line as text."""
        return f"{self.lead}{self.message}" if self.label else self.message


class SchemaForm:
    """One form for one type, for one showing or one post.

    Without `data` the controls hold `initial`, and the type's defaults where `initial`
    is silent. With `data` they hold exactly what was posted; give the same `initial`
    again, so that what was proposed can be told from what was changed. `since` is what
    the form that was posted began with, where that was another `initial`: fields that
    were left alone in it hold what is proposed now. `errors` are faults found
    elsewhere, their `loc` relative to the whole answer.
    """

    def __init__(
        self,
        type_: Any,
        *,
        initial: JSONValue | None = None,
        data: QueryDict | None = None,
        prefix: str = "answer",
        zone: ZoneInfo,
        exclude_verdict: bool = True,
        errors: Sequence[FieldError] | None = None,
        read_only: bool = False,
        since: JSONValue = None,
    ) -> None:
        self._schema = schema = form_schema(type_)
        self._shape = shape_of_schema(schema)
        self._type = type_
        self.prefix = prefix
        self.verdict = verdict_in(schema, self._shape)
        self.exclude_verdict = exclude_verdict
        self.read_only = read_only
        self.form_errors: list[str] = []
        self.unclaimed_errors: list[str] = []
        self._action = parse_action(data.get(self.action_name, "")) if data else None
        self._place = Place(
            name=prefix,
            form=FormContext(
                prefix=prefix,
                zone=zone,
                decimal_separator=str(get_format("DECIMAL_SEPARATOR")),
                action=self._action,
                definitions=dictionary(schema.get("$defs")),
            ),
            proposed=MISSING if initial is None else initial,
            read_only=read_only,
        )
        self._controls = self._filled(data)
        if data is not None and since is not None:
            renew(self._controls, self._shape, self._place, since=since)
        self.root = self._shape.bind(self._controls, self._place)
        self.root.label = self.root.label or _("Answer")
        if errors:
            self.value()  # what can't be read explains itself
            self._judge(errors)
        if self.action == "check":
            self._judge(self._faults_so_far())

    # --- what it holds ---------------------------------------------------------

    @property
    def action(self) -> str | None:
        """The button inside the form that was pressed: show the form again, no more.

        `add`, `remove`, `up`, `down`, `restore`, `preview`, or `check` (Enter was
        pressed in a field, which chooses no verdict). None: the answer itself was sent.
        """
        return self._action.verb if self._action else None

    @property
    def fields(self) -> list[Field]:
        """The fields to draw, in order, without the verdict."""
        if not isinstance(self.root, GroupField):
            return [self.root]
        hidden = self.verdict.field if self.exclude_verdict else None
        return [field for key, field in self.root.fields.items() if key != hidden]

    def value(self) -> JSONValue:
        """The answer as JSON, each text read by its field's type; nothing is checked.

        A text that can't be read stays in it as it was typed.
        """
        value = self.root.value()
        return None if value is MISSING else value

    def posted(self) -> QueryDict:
        """What a browser would post of the form as it is; it may be changed."""
        sent = QueryDict(mutable=True)
        for name in self._controls.names():
            sent.setlist(name, self._controls.texts(name))
        return sent

    def name_of(self, key: str | int) -> str:
        """The name of the control of a field."""
        return join(self.prefix, str(key))

    def changed(self) -> list[tuple[str, JSONValue]]:
        """The label and value of each field that does not hold what it began with; to
        be copied, with secrets masked."""
        if self._controls.are_none:  # another form was sent
            return []
        value = masking.masked(self.value(), self._schema)
        if not isinstance(self.root, GroupField) or not isinstance(value, dict):
            return [(self.root.label, value)] if self.root.differs else []
        named = {field: key for key, field in self.root.fields.items()}
        return [
            (each.label, value.get(named[each])) for each in self.fields if each.differs
        ]

    def validate(self) -> JSONValue | None:
        """The answer if the true model accepts it, else None and errors on the fields.

        None can be an answer too: `is_valid` tells.
        """
        value = self.value()
        if self.exclude_verdict and not self.verdict.choice_of(value):
            labels = [choice.label for choice in self.verdict.choices]
            self.unclaimed_errors.append(
                _("Choose one: %s.") % ", ".join(map(str, labels))
            )
        for name in self._strangers():
            words = _("The form has no field “%(name)s”.")
            self.unclaimed_errors.append(words % {"name": name})
        self._judge(faults(self._type, value))
        return value if self.is_valid else None

    def need_to_reject(self, key: str | None) -> None:
        """Have the label of an optional field say which buttons want it filled in."""
        if isinstance(self.root, GroupField) and key in self.root.fields:
            self.root.fields[key].needed = needed_for(self.verdict.choices)

    @property
    def is_valid(self) -> bool:
        """Whether no error is known."""
        return not (self.form_errors or self.unclaimed_errors or self.errors_by_field)

    @property
    def errors_by_field(self) -> dict[str, list[str]]:
        """The errors of each field that has any, by the name of its control."""
        named: dict[str, list[str]] = {}
        for _trail, field in self._walk():
            if field.errors:
                named.setdefault(field.name, []).extend(field.errors)
        return named

    @property
    def problems(self) -> list[Problem]:
        """The summary: first what concerns the whole, then the fields in order."""
        of_whole = [*self.form_errors, *self.unclaimed_errors]
        return [Problem(message=message) for message in of_whole] + [
            Problem(message=message, label=trail, target=field.focus_id)
            for trail, field in self._walk()
            for message in field.errors
        ]

    @property
    def written(self) -> str:
        """The names of the controls in which somebody writes words, and no secret."""
        found, stack = [], list(reversed(self.fields))
        while stack:
            field = stack.pop()
            found += [field.written] if field.written else []
            stack.extend(reversed(field.drawn()))
        return " ".join(found)

    @property
    def takes_files(self) -> bool:
        """Whether the page must post it as multipart/form-data."""
        return f'"widget": "{uploads.WIDGET}"' in json.dumps(self._schema)

    # --- how it looks ----------------------------------------------------------

    def render(self) -> SafeString:
        """The summary of problems and the fields; no form element, no buttons."""
        context = {"form": self, "problems": self.problems}
        return render_to_string("schema_forms/form.html", context)

    def render_fields(self) -> SafeString:
        """The fields alone, for a page that sums up the problems of several forms."""
        return render_to_string("schema_forms/form.html", {"form": self})

    def render_buttons(self) -> SafeString:
        """One submit button per verdict."""
        return render_to_string("schema_forms/buttons.html", {"form": self})

    def __html__(self) -> SafeString:
        """`{{ form }}`: the fields and, where the verdict isn't one, the buttons."""
        with_buttons = self.exclude_verdict and not self.read_only
        buttons = self.render_buttons() if with_buttons else ""
        return mark_safe(f"{self.render()}{buttons}")

    __str__ = __html__

    @property
    def action_name(self) -> str:
        return join(self.prefix, ACTION)

    @property
    def verdict_name(self) -> str:
        """The name of the verdict's buttons; without a verdict they say nothing."""
        field = self.verdict.field
        return join(self.prefix, field) if field else self.action_name

    @property
    def enter_action(self) -> str:
        """What Enter in a field does: without a verdict chosen it only checks."""
        return "check" if self.exclude_verdict and self.verdict.field else ""

    # --- the way from controls to errors -----------------------------------------

    def _filled(self, data: QueryDict | None) -> Controls:
        controls = Controls()
        if data is not None and not self.read_only:
            own = f"{self.prefix}."
            return Controls(
                {
                    name: [str(text) for text in texts]
                    for name, texts in data.lists()
                    if name == self.prefix or name.startswith(own)
                }
            )
        self._shape.fill(controls, self._place, self._place.proposed)
        if self.exclude_verdict and self.verdict.field:
            controls.forget(self.verdict_name)
        return controls

    def _strangers(self) -> list[str]:
        """What was sent as a field of the answer, and is none."""
        if not isinstance(self.root, GroupField):
            return []
        known = {field.name for field in self.root.fields.values()}
        heads = (own_part(name, self.prefix) for name in self._controls.names())
        return [
            unquoted(head)
            for head in dict.fromkeys(heads)
            if head and join(self.prefix, unquoted(head)) not in known
        ]

    def _faults_so_far(self) -> Sequence[FieldError]:
        """What is wrong whichever button will be pressed; rules between fields, too."""
        value = self.value()
        values = self.verdict.each(value) if self.exclude_verdict else [value]
        return faults_of_each(self._type, values)

    def _judge(self, errors: Iterable[FieldError]) -> None:
        self._place_errors(errors)
        for _trail, field in self._walk():
            if field.problem:
                field.errors = [field.problem]

    def _place_errors(self, errors: Iterable[FieldError]) -> None:
        """Each error at its field; together, for a union's errors explain each other"""
        at_fields = [error for error in errors if not self._kept_from_fields(error)]
        self.root.place_errors(at_fields)

    def _kept_from_fields(self, error: FieldError) -> bool:
        """Note an error that speaks of the whole, or of what the form doesn't show."""
        if not isinstance(self.root, GroupField):
            return False
        if not error["loc"]:
            self.form_errors.append(messages.in_words(error))
        elif any(field.name == self.name_of(error["loc"][0]) for field in self.fields):
            return False
        elif not self._asks_for_verdict(error):
            self.unclaimed_errors.append(messages.at_place(error))
        return True

    def _asks_for_verdict(self, error: FieldError) -> bool:
        # The form asks for a missing verdict in words of its own.
        at_verdict = list(error["loc"]) == [self.verdict.field]
        is_verdict = self.exclude_verdict and at_verdict
        return is_verdict and error["type"] == "missing"

    def _walk(self) -> Iterator[tuple[str, Field]]:
        """Every field that counts, and the labels on the way to it."""
        stack = [(field.label, field) for field in reversed(self.fields)]
        while stack:
            trail, field = stack.pop()
            yield trail, field
            inner = (
                (trail if part.name == field.name else f"{trail} → {part.label}", part)
                for part in field.parts()
            )
            stack.extend(reversed(list(inner)))
