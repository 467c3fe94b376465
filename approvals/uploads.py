"""Files in answers: the type that a schema names, and the limits beside it.

    class Answer(BaseModel):
        approved: bool
        receipt: Annotated[Upload, UploadLimits(types=["image/*", "application/pdf"])]

The answer holds a reference; the bytes lie in Django's default storage. A step reads
them with ``answer.receipt.open()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from django.core.files import File
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from workflows import json_gate
from workflows.errors import PayloadRejected
from workflows.json_gate import JSONObject, JSONValue

WIDGET: Final = "file"
DEFAULT_LIMIT: Final = 5_000_000  # bytes
_WORDS: Final = {"application/pdf": "PDF", "text/plain": "TXT", "text/csv": "CSV"}


def _as_a_file(schema: dict[str, Any]) -> None:
    # A docstring is a model's help in forms; this one isn't for who answers.
    schema.pop("description", None)
    schema["widget"] = WIDGET


class Upload(BaseModel):
    """A reference to a file that somebody gave; what it says is checked."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_as_a_file)

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    name: str = Field(min_length=1, max_length=200)
    size: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str = Field(max_length=127)

    def open(self) -> File[bytes]:
        """The file, to be read."""
        return default_storage.open(place_of(self.id))


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How large a file may be, and of which types, as its name says them."""

    max_size: int = DEFAULT_LIMIT
    types: Sequence[str] = ()  # "application/pdf", "image/*"; none: any

    def __post_init__(self) -> None:
        # A list can't be hashed, and `Annotated[...] | None` hashes its parts.
        object.__setattr__(self, "types", tuple(self.types))

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            self._checked, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        inner = handler(schema)
        return {**inner, "maxSize": self.max_size, "types": list(self.types)}

    def _checked(self, upload: Upload) -> Upload:
        if upload.size > self.max_size:
            most = filesizeformat(self.max_size)
            raise ValueError(_("This file is larger than %(most)s.") % {"most": most})
        if self.types and not any(
            fnmatchcase(upload.content_type, each) for each in self.types
        ):
            words = _("Give a file of one of these types: %(types)s.")
            raise ValueError(words % {"types": in_words(self.types)})
        return upload


def in_words(types: Iterable[str]) -> str:
    """Types of files as people call them: "PDF, pictures"."""
    return ", ".join(map(_word_for, types))


def _word_for(kind: str) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    family, _slash, name = kind.partition("/")
    every = {"image": _("pictures"), "audio": _("sound"), "video": _("films")}
    return every.get(family, kind) if name == "*" else name.upper()


def place_of(file_id: str) -> str:
    """Where the storage keeps the bytes."""
    return f"uploads/{file_id[:2]}/{file_id}"


def is_reference(value: JSONValue) -> bool:
    """Whether a JSON value has the form of an upload."""
    return isinstance(value, dict) and value.keys() == Upload.model_fields.keys()


def asks_for_files(schema: JSONValue) -> bool:
    """Whether a form made of this JSON Schema may have a control for a file."""
    if isinstance(schema, dict):
        return schema.get("widget") == WIDGET or asks_for_files([*schema.values()])
    return isinstance(schema, list) and any(asks_for_files(each) for each in schema)


def read_reference(text: str) -> JSONObject | None:
    """The reference that a form carried; None where the text is none."""
    try:
        value = json_gate.parse(text)
    except PayloadRejected:
        return None
    return value if isinstance(value, dict) and is_reference(value) else None


def described(reference: JSONObject) -> str:
    """A file as people call it: "offer.pdf (12 KB)"."""
    size = reference.get("size")
    words = filesizeformat(size if isinstance(size, int) else 0)
    return f"{reference.get('name')} ({words})"
