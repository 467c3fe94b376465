"""Files: given once, kept through every showing of the form until they are answered."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from approvals.uploads import (
    DEFAULT_LIMIT,
    described,
    in_words,
    is_reference,
    read_reference,
)
from workflows.errors import FieldError
from workflows.json_gate import JSONObject, JSONValue

from . import messages
from .controls import FILE, Controls, join
from .scalars import ScalarField, ScalarShape
from .shapes import Field, FormContext, Info, Place
from .values import Unreadable


class FileShape(ScalarShape):
    """A file control, and the reference to the file that is already there."""

    widget = "file"

    def __init__(self, info: Info) -> None:
        super().__init__(info)
        self.field_class = FileField
        size, types = info.hints.get("maxSize"), info.hints.get("types")
        self.max_size = size if isinstance(size, int) else DEFAULT_LIMIT
        self.types = [str(each) for each in types] if isinstance(types, list) else []

    @property
    def row_label(self) -> str:
        return ""  # the type's own name, "Upload", tells nobody anything

    def type_label(self) -> str:
        return _("File")

    def fits(self, value: JSONValue) -> bool:
        return is_reference(value)

    def text_of(self, value: JSONValue, form: FormContext) -> str:
        return json.dumps(value, sort_keys=True)

    def label_of(self, value: JSONValue, form: FormContext) -> str:
        return described(value) if isinstance(value, dict) else ""

    def parse(self, text: str, field: ScalarField) -> JSONValue:
        reference = read_reference(text)
        if reference is None:
            raise Unreadable(messages.FILE)
        return reference

    def _bind(self, controls: Controls, place: Place) -> Field:
        if place.asks("remove"):
            controls.forget(place.name)
        field = super()._bind(controls, place)
        field.autofocus = field.autofocus or place.asks("remove")
        return field


class FileField(ScalarField):
    """What was given already by its name, and a control to give another."""

    shape: FileShape
    template = "schema_forms/file.html"

    @property
    def reference(self) -> JSONObject | None:
        return read_reference(self.text)

    @property
    def given(self) -> str:
        """The name and size of the file that is kept; empty when there is none."""
        return described(self.reference) if self.reference else ""

    @property
    def file_name(self) -> str:
        return join(self.name, FILE)

    @property
    def max_size(self) -> int:
        return self.shape.max_size

    @property
    def accept(self) -> str:
        return ",".join(self.shape.types)

    @property
    def limits(self) -> str:
        """What may be given, in words, before somebody chooses a file in vain."""
        most = _("Up to %(size)s") % {"size": filesizeformat(self.max_size)}
        kinds = in_words(self.shape.types)
        return f"{most}: {kinds}" if kinds else most

    @property
    def too_large(self) -> str:
        size = filesizeformat(self.max_size)
        return _("This file is larger than %(most)s.") % {"most": size}

    def descriptions(self) -> dict[str, object]:
        return {"limits": True}

    def place_errors(self, errors: Iterable[FieldError]) -> None:
        for error in errors:
            self.add_error(messages.in_words(error) if not error["loc"] else _empty())


def _empty() -> str:
    """The only thing that can be wrong with a reference made by us."""
    return _("This file is empty.")
