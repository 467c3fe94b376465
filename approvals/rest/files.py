"""Files of an approval: given before the answer that names them, and read again."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import files
from approvals.errors import NotYourDecision
from approvals.policies import eligibility
from approvals.rest.views import visible
from approvals.uploads import Upload
from approvals.views.files import saved
from workflows.rest.access import caller
from workflows.rest.base import Endpoint
from workflows.rest.documenting import documented
from workflows.rest.problems import Refused
from workflows.rest.query import NoQuery, read_query


class ApprovalFiles(Endpoint):
    parser_classes = [MultiPartParser]

    def initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Any:
        # The body is a stream of parts here, and not one JSON object.
        return Request(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    @documented(
        id="upload_file",
        tag="approvals",
        summary="Give a file to answer with",
        answers={201: Upload},
        problems=(413, 415, 422),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """One part called `file`; the reference is a value of the answer."""
        read_query(request.query_params, NoQuery)
        found = visible(request, approval_id)
        may = eligibility(caller(request), found)
        if not may.may_decide:
            raise NotYourDecision(may.reasons)
        uploaded = request.FILES.get("file")
        if not isinstance(uploaded, UploadedFile) or len(request.data) > 1:
            raise Refused(422, "Send one part, a file called `file`.", code="no-file")
        reference = files.store(
            uploaded, uploaded_by=caller(request), now=timezone.now()
        )
        return Response(reference, status=201)


class ApprovalFile(Endpoint):
    @documented(
        id="download_file",
        tag="approvals",
        summary="A file that the question or an answer names",
        answers={200: None},
    )
    def get(self, request: Request, approval_id: str, file_id: str) -> FileResponse:
        """To be saved, never to be opened in place."""
        read_query(request.query_params, NoQuery)
        found = visible(request, approval_id)
        known = file_id if file_id.isprintable() else ""
        return saved(files.of_approval(found, known, reader=caller(request)))
