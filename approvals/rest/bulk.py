"""Several answers in one request, with a result for each."""

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import bulk
from approvals.locking import Caller
from approvals.rest import bodies
from approvals.rest.guard import address, token_id
from approvals.statuses import Channel
from workflows.json_gate import JSONObject, JSONValue
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import documented
from workflows.rest.problems import Refused
from workflows.rest.query import NoQuery, read_query


class BulkDecide(Endpoint):
    @documented(
        id="bulk_decide",
        tag="approvals",
        summary="Answer many approvals",
        request=bodies.BulkDecide,
        answers={200: bodies.BulkResults},
    )
    def post(self, request: Request) -> Response:
        """Each is decided by itself, as by `decide/`, and has its own result.

        Repeating the request is harmless: what was recorded is refused as decided.
        503 is the result of those behind which the database went away.
        """
        read_query(request.query_params, NoQuery)
        if request.headers.get("Idempotency-Key"):
            raise Refused(400, _("Many answers are no single act: send no key."))
        body = read_body(request, bodies.BulkDecide)
        if len(body.items) > bulk.MOST:
            words = _("At most %(most)s answers at once.") % {"most": bulk.MOST}
            raise Refused(413, words)
        by = Caller(
            user=caller(request),
            channel=Channel.BULK,
            now=timezone.now(),
            token_id=token_id(request),
            address=address(request),
        )
        taken = list(bulk.decide_all([_given(item, body) for item in body.items], by))
        results: list[JSONValue] = [_result(each) for each in taken]
        recorded = sum(each.status == 200 for each in taken)
        unavailable = sum(each.is_to_be_repeated for each in taken)
        return Response(
            {
                "recorded": recorded,
                "refused": len(taken) - recorded - unavailable,
                "unavailable": unavailable,
                "results": results,
            }
        )


def _given(item: bodies.BulkItem, body: bodies.BulkDecide) -> bulk.Given:
    return bulk.Given(
        approval_id=item.id,
        data=body.data if item.data is None else item.data,
        digest=item.digest,
        version=item.version,
    )


def _result(taken: bulk.Taken) -> JSONObject:
    return {
        "id": taken.approval_id,
        "status": taken.status,
        "outcome": taken.outcome or None,
        "detail": taken.detail or None,
    }
