"""Schedules: what fires when, and holding one back for a while."""

from collections.abc import Callable

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from workflows import schedules
from workflows.rest import access, bodies, presenting
from workflows.rest.access import caller
from workflows.rest.base import Endpoint, read_body
from workflows.rest.documenting import IDEMPOTENCY_KEY, documented
from workflows.rest.idempotency import Answer, answer_once
from workflows.rest.query import NoQuery, read_query
from workflows.schedules import ScheduleInfo


class ScheduleList(Endpoint):
    @documented(
        id="list_schedules",
        tag="schedules",
        summary="All schedules",
        answers={200: bodies.ScheduleList},
    )
    def get(self, request: Request) -> Response:
        """For who may see all runs: it shows the input of runs to come."""
        read_query(request.query_params, NoQuery)
        access.require_view_all(caller(request), "see schedules")
        return Response([presenting.schedule_summary(one) for one in schedules.list()])


class ScheduleDetail(Endpoint):
    @documented(
        id="get_schedule",
        tag="schedules",
        summary="One schedule",
        answers={200: bodies.ScheduleDetail},
    )
    def get(self, request: Request, schedule_id: str) -> Response:
        """With the latest ticks that fired, and the runs they made."""
        read_query(request.query_params, NoQuery)
        access.require_view_all(caller(request), "see schedules")
        return Response(presenting.schedule_detail(schedules.get(schedule_id)))


class SchedulePause(Endpoint):
    @documented(
        id="pause_schedule",
        tag="schedules",
        summary="Pause a schedule",
        request=bodies.NoFields,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ScheduleDetail},
        problems=(409,),
    )
    def post(self, request: Request, schedule_id: str) -> Response:
        """It fires nothing until resumed; harmless when it is paused already."""
        return _acted(request, schedules.pause, schedule_id)


class ScheduleResume(Endpoint):
    @documented(
        id="resume_schedule",
        tag="schedules",
        summary="Resume a schedule",
        request=bodies.NoFields,
        headers=[IDEMPOTENCY_KEY],
        answers={200: bodies.ScheduleDetail},
        problems=(409,),
    )
    def post(self, request: Request, schedule_id: str) -> Response:
        """It fires from its next tick on; what it missed stays missed."""
        return _acted(request, schedules.resume, schedule_id)


def _acted(
    request: Request, act: Callable[[str], ScheduleInfo], schedule_id: str
) -> Response:
    read_query(request.query_params, NoQuery)
    access.require(caller(request), access.OPERATE_RUN, "operate a schedule")
    read_body(request, bodies.NoFields, required=False)

    def answer() -> Answer:
        with transaction.atomic():
            done = act(schedule_id)
        return Answer(status=200, body=presenting.schedule_detail(done))

    return answer_once(request, answer)
