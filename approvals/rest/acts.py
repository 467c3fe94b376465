"""What people do with an approval besides answering it, and who may."""

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import asking, assigning, claiming, comments
from approvals.errors import NotAllowed
from approvals.locking import Caller
from approvals.models import Approval, ApprovalComment
from approvals.persons import ASSIGN, person_of
from approvals.rest import bodies, presenting
from approvals.rest.acting import acted, documented_act, found_in
from approvals.rest.views import visible
from approvals.secrets import cover_of
from workflows.rest.access import caller
from workflows.rest.base import Endpoint
from workflows.rest.documenting import documented
from workflows.rest.problems import Refused
from workflows.rest.query import read_query


class ApprovalClaim(Endpoint):
    @documented_act(
        id="claim_approval",
        summary="Take an approval for yourself",
        request=bodies.Claim,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """While you have it, no colleague decides it, unless they take it over."""
        return acted(request, approval_id, bodies.Claim, _claim, required=False)


class ApprovalRelease(Endpoint):
    @documented_act(
        id="release_approval",
        summary="Give a claimed approval back",
        request=bodies.Nothing,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Your own; with `approvals.assign_approval` anybody's."""
        return acted(request, approval_id, bodies.Nothing, _release, required=False)


class ApprovalAssign(Endpoint):
    @documented_act(
        id="assign_approval",
        summary="Say who is asked",
        request=bodies.Assign,
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
        every = found.comments.select_related("author", "addressee")
        results = [presenting.comment(each, cover) for each in every]
        return Response({"results": results})

    @documented_act(
        id="comment",
        summary="Say something about an approval",
        request=bodies.Say,
        problems=(),
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """Everybody who may see the approval reads it; it can't be taken back."""
        return acted(request, approval_id, bodies.Say, _comment)


class ApprovalAsk(Endpoint):
    @documented_act(
        id="ask_colleague",
        summary="Ask a colleague about an approval",
        request=bodies.Ask,
    )
    def post(self, request: Request, approval_id: str) -> Response:
        """One who was asked as well; they get a mail, and answer by a comment.

        Who may decide stays as it was.
        """
        return acted(request, approval_id, bodies.Ask, _ask)


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
        return Response({"user": name, **presenting.may(found, person_of(user))})


def _comment(approval_id: str, body: bodies.Say, by: Caller) -> ApprovalComment:
    return comments.comment(approval_id=approval_id, caller=by, text=body.text)


def _ask(approval_id: str, body: bodies.Ask, by: Caller) -> ApprovalComment:
    return asking.ask(
        approval_id=approval_id, caller=by, username=body.username, text=body.text
    )


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
