"""``manage.py decide``: answer an approval from the command line."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from approvals import decisions, inbox
from approvals.errors import ApprovalError
from approvals.statuses import Channel
from workflows import json_gate
from workflows.errors import SchemaMismatch


class Command(BaseCommand):
    """Answer as somebody who may: the rules are those of every other channel."""

    help = "Answer an approval as the given user."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("approval_id")
        parser.add_argument("--as", dest="username", required=True, help="user name")
        parser.add_argument("--data", required=True, help="the answer as JSON")

    def handle(self, **options: Any) -> None:
        user_model = get_user_model()
        try:
            user = user_model._default_manager.get_by_natural_key(options["username"])
        except user_model.DoesNotExist:
            raise CommandError(f"There is no user {options['username']}.") from None
        try:
            data = json_gate.parse(options["data"])
            seen = inbox.get_visible(user, options["approval_id"])
            approval = decisions.decide(
                approval_id=seen.pk,
                decided_by=user,
                data=data,
                digest=seen.digest,
                version=seen.version,
                channel=Channel.COMMAND,
                now=timezone.now(),
            )
        except (ApprovalError, SchemaMismatch) as refusal:
            raise CommandError(_words(refusal)) from refusal
        self.stdout.write(_result(approval.outcome))


def _words(refusal: ApprovalError | SchemaMismatch) -> str:
    if not isinstance(refusal, SchemaMismatch):
        return str(refusal)
    faults = [
        f"{'.'.join(map(str, fault['loc'])) or 'data'}: {fault['msg']}"
        for fault in refusal.errors
    ]
    return "\n".join(["The answer does not fit.", *faults])


def _result(outcome: str) -> str:
    if outcome:
        return f"Recorded: {outcome}. The run goes on."
    return "Recorded. Other people's votes are awaited."
