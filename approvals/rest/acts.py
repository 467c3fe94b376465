"""What people do with an approval besides answering it, and who may."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import BaseModel
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import assigning, claiming, comments
from approvals.errors import NotAllowed
from approvals.locking import Caller
from approvals.models import Approval
from approvals.persons import ASSIGN
from approvals.rest import bodies, presenting
from approvals.rest.guard import address, token_id
from approvals.rest.views import detail, visible
from approvals.secrets import cover_of
from approvals.statuses import Channel
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.problems import Refused, pointing_at
from workflows.rest.query import NoQuery, read_query

Body = TypeVar("Body", bound=BaseModel)


class ApprovalClaim(Endpoint):
    @documented(
        id="claim_approval",
        tag="approvals",
        summary="Take an approval for yourself",
        request=bodies.Claim,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """While you have it, no colleague decides it, unless they take it over."""
        return acted(request, approval_id, bodies.Claim, _claim, required=False)


class ApprovalRelease(Endpoint):
    @documented(
        id="release_approval",
        tag="approvals",
        summary="Give a claimed approval back",
        request=bodies.Nothing,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Your own; with `approvals.assign_approval` anybody's."""
        return acted(request, approval_id, bodies.Nothing, _release, required=False)


class ApprovalAssign(Endpoint):
    @documented(
        id="assign_approval",
        tag="approvals",
        summary="Say who is asked",
        request=bodies.Assign,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ApprovalDetail},
        problems=(409,),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """With `approvals.assign_approval`: these are asked, and nobody else.

        Without it you hand your own work to one colleague who was asked as well.
        """
        return acted(request, approval_id, bodies.Assign, _assign)


class ApprovalComments(Endpoint):
    @documented(
        id="list_comments",
        tag="approvals",
        summary="What was said about an approval",
        answers={200: bodies.Comments},
    )
    def get(self, request: Request, approval_id: str) -> Response:
        """First things first."""
        found = found_in(request, approval_id)
        cover = cover_of(found)
        said = found.comments.select_related("author")
        return Response({"results": [presenting.comment(each, cover) for each in said]})

    @documented(
        id="comment",
        tag="approvals",
        summary="Say something about an approval",
        request=bodies.Say,
        headers=[IDEMPOTENCY_KEY],
        answers={201: bodies.Said},
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Everybody who may see the approval reads it; it can't be taken back."""
        found = found_in(request, approval_id)
        body = read_body(request, bodies.Say)

        def act() -> Answer:
            with pointing_at(""):
                said = comments.comment(
                    approval_id=found.pk, caller=who(request), text=body.text
                )
            return Answer(status=201, body=presenting.comment(said, cover_of(found)))

        return answer_once(request, act)


class ApprovalEligibility(Endpoint):
    @documented(
        id="get_eligibility",
        tag="approvals",
        summary="Why can't I?",
        query=bodies.EligibilityQuery,
        answers={200: bodies.Eligibility},
    )
    def get(self, request: Request, approval_id: str) -> Response:
        """What you, or for operators anybody, may do with an approval, and why not."""
        query = read_query(request.query_params, bodies.EligibilityQuery)
        found = visible(request, approval_id)
        user = caller(request)
        name = query.user or user.get_username()
        if name != user.get_username():
            if not user.has_perm(ASSIGN):
                raise NotAllowed([_("Only operators may ask about somebody else.")])
            people = get_user_model()._default_manager
            other = people.filter(**{user.USERNAME_FIELD: name}).first()
            if other is None:
                raise Refused(404, _("There is nobody of this name."))
            user = other
        return Response({"user": name, **presenting.may(found, user)})


def who(request: Request) -> Caller:
    """The caller of this request, for the services and the audit chain."""
    return Caller(
        user=caller(request),
        channel=Channel.REST,
        now=timezone.now(),
        token_id=token_id(request),
        address=address(request),
    )


def found_in(request: Request, approval_id: str) -> Approval:
    read_query(request.query_params, NoQuery)
    return visible(request, approval_id)


def acted(
    request: Request,
    approval_id: str,
    form: type[Body],
    service: Callable[[str, Body, Caller], Approval],
    *,
    required: bool = True,
) -> Response:
    """Do one act, once for each key, and show the approval as it is then."""
    found = found_in(request, approval_id)
    body = read_body(request, form, required=required)

    def act() -> Answer:
        with pointing_at(""):
            service(found.pk, body, who(request))
        return Answer(status=200, body=detail(request, found.pk))

    return answer_once(request, act)


def _claim(approval_id: str, body: bodies.Claim, by: Caller) -> Approval:
    act = claiming.take_over if body.take_over else claiming.claim
    return act(approval_id=approval_id, caller=by)


def _release(approval_id: str, _body: bodies.Nothing, by: Caller) -> Approval:
    return claiming.release(approval_id=approval_id, caller=by)


def _assign(approval_id: str, body: bodies.Assign, by: Caller) -> Approval:
    if by.user.has_perm(ASSIGN):
        return assigning.assign(
            approval_id=approval_id,
            caller=by,
            users=body.users,
            groups=body.groups,
            reason=body.reason,
        )
    if len(body.users) != 1 or body.groups or body.reason:
        words = _("Name one colleague; only operators can name more, or groups.")
        raise Refused(422, words, errors=[{"pointer": "/users", "detail": words}])
    return claiming.hand_over(
        approval_id=approval_id, caller=by, username=body.users[0]
    )
