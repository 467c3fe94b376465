"""Files that people give: stored under unguessable names, shown to who may see them.

Nothing is believed of a file but its bytes: the type is guessed from the name, the name
loses what an eye can't see, and every file is served to be saved, never to be opened.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.utils.translation import gettext as _

from approvals.draft_models import Draft
from approvals.errors import ApprovalNotFound
from approvals.file_models import StoredFile
from approvals.models import Approval, ApprovalComment, Decision, Reservation
from approvals.uploads import Upload, is_reference, place_of
from approvals.visible_text import pieces
from workflows.errors import SchemaMismatch
from workflows.json_gate import JSONObject, JSONValue
from workflows.models import Run, Suspension

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_NAME: Final = 120
UNKNOWN_TYPE: Final = "application/octet-stream"
# Also in JSON that is a text inside of JSON, as in an answer that waits to go ahead.
_ID: Final = re.compile(r'"id\\*":\s*\\*"([A-Za-z0-9_-]{43})\\*"')
_PLACES: Final[tuple[tuple[type[Model], str], ...]] = (
    (Run, "input"),
    (Suspension, "payload"),
    (Approval, "proposal"),
    (Decision, "answer"),
    (Decision, "proposal"),
    (ApprovalComment, "patch"),  # a proposal that was changed once more
    (Draft, "fields"),  # as a browser posts them
    (Reservation, "vote"),
)


def store(
    uploaded: UploadedFile[Any], *, uploaded_by: User, now: datetime
) -> JSONObject:
    """Keep the file; the reference to it that an answer may hold."""
    name = _tidy(uploaded.name or "")
    digest = hashlib.sha256()
    for chunk in uploaded.chunks():
        digest.update(chunk)
    uploaded.seek(0)
    file = StoredFile(
        id=secrets.token_urlsafe(32),
        name=name,
        size=uploaded.size or 0,
        sha256=digest.hexdigest(),
        content_type=mimetypes.guess_type(name)[0] or UNKNOWN_TYPE,
        uploaded_by=uploaded_by,
        uploaded_at=now,
    )
    # The bytes first: a row without them would be a lie, they without a row are litter.
    default_storage.save(place_of(file.id), uploaded)
    file.save(force_insert=True)
    return reference_to(file)


def store_text(uploaded: UploadedFile[Any], *, uploaded_by: User, now: datetime) -> str:
    """Keep the file; the reference to it as a form carries it."""
    return json.dumps(store(uploaded, uploaded_by=uploaded_by, now=now))


def reference_to(file: StoredFile) -> JSONObject:
    return {name: getattr(file, name) for name in Upload.model_fields}


def of_approval(approval: Approval, file_id: str, *, reader: User) -> StoredFile:
    """A file that the approval speaks of, or that the reader has just given."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None or not (
        file.uploaded_by_id == reader.pk or file_id in set(_spoken_of(approval))
    ):
        raise ApprovalNotFound
    return file


def check_references(answer: JSONValue) -> None:
    """Every upload in an answer is one that is stored here, just as it says."""
    found = list(_references(answer, ()))
    if not found:
        return
    wanted = [str(reference["id"]) for _loc, reference in found]
    stored = {
        file.pk: reference_to(file) for file in StoredFile.objects.filter(pk__in=wanted)
    }
    message = _("This file is not kept here. Give it once more.")
    wrong: list[Any] = [
        {"loc": loc, "msg": message, "type": "upload_unknown"}
        for loc, reference in found
        if stored.get(str(reference["id"])) != reference
    ]
    if wrong:
        raise SchemaMismatch(message, wrong)


def remove_unreferenced(*, before: datetime) -> int:
    """Remove files older than this that no run, question, answer or draft speaks of."""
    candidates = set(
        StoredFile.objects.filter(uploaded_at__lt=before).values_list("pk", flat=True)
    )
    if candidates:
        candidates -= set(_referenced_anywhere())
    for file_id in candidates:
        StoredFile.objects.filter(pk=file_id).delete()
        default_storage.delete(place_of(file_id))
    return len(candidates)


def _referenced_anywhere() -> Iterator[str]:
    for model, column in _PLACES:
        texts = model._default_manager.filter(**{f"{column}__contains": "sha256"})
        for text in texts.values_list(column, flat=True).iterator():
            yield from _ID.findall(unquote_plus(text))


def _spoken_of(approval: Approval) -> Iterator[str]:
    """Files of the question in all its versions, and of the answers to it."""
    values = [approval.suspension.payload_value, approval.payload_value]
    values += [comment.patch_value for comment in approval.comments.all()]
    for decision in approval.decisions.all():
        values += [decision.answer_value, decision.proposal_value]
    for value in values:
        for _loc, reference in _references(value, ()):
            yield str(reference["id"])


def _references(
    value: JSONValue, loc: tuple[str | int, ...]
) -> Iterator[tuple[list[str | int], JSONObject]]:
    if isinstance(value, dict):
        if is_reference(value):
            yield list(loc), value
            return
        for key, part in value.items():
            yield from _references(part, (*loc, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _references(part, (*loc, index))


def _tidy(name: str) -> str:
    """The name without path and without anything hidden, of a length people read."""
    plain = "".join(piece.text for piece in pieces(name) if not piece.hidden)
    path = PurePosixPath(plain.replace("\\", "/").rpartition("/")[2].strip(" ."))
    suffix = path.suffix[:20]
    stem = path.stem[: LONGEST_NAME - len(suffix)]
    return f"{stem}{suffix}" or "file"
