"""Files over HTTP: taken with a form, and given back to be saved."""

from typing import Any, cast

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.views.decorators.http import require_safe

from approvals import files, inbox
from approvals.errors import ApprovalNotFound
from approvals.file_models import StoredFile
from approvals.schema_forms.controls import FILE
from approvals.uploads import place_of
from approvals.views.requests import reader


def take(request: HttpRequest) -> None:
    """Store what came with a form; each reference then stands where a text would,
    and the file itself is nowhere else any more."""
    given = {
        name.removesuffix(f".{FILE}"): cast("UploadedFile[Any]", uploaded)
        for name, uploaded in request.FILES.items()
        if name.endswith(f".{FILE}")
    }
    if not given:
        return
    data = request.POST.copy()
    for name, uploaded in given.items():
        data[name] = files.store_text(
            uploaded, uploaded_by=reader(request), now=timezone.now()
        )
        del request.FILES[f"{name}.{FILE}"]
    request.POST = cast("Any", data)


def names_left(request: HttpRequest) -> list[str]:
    """Those that came with a form and were not stored."""
    return [file.name or "" for _at, each in request.FILES.lists() for file in each]


@require_safe
def download(request: HttpRequest, approval_id: str, file_id: str) -> FileResponse:
    """A file that an approval speaks of, for whoever may see the approval."""
    try:
        approval = inbox.get_visible(reader(request), approval_id)
        file = files.of_approval(approval, file_id, reader=reader(request))
    except ApprovalNotFound:
        raise Http404 from None
    return saved(file)


def saved(file: StoredFile) -> FileResponse:
    """The file as a browser may do nothing with but save it."""
    try:
        content = default_storage.open(place_of(file.pk))
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=file.name)
    response["Content-Type"] = files.UNKNOWN_TYPE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Length"] = str(file.size)
    return response
