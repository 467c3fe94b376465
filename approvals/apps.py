"""How the inbox joins the engine when Django starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "Approvals"

    def ready(self) -> None:
        # Imported here because models are ready from here on only.
        from approvals import checks, pokes, secrets, staffing
        from approvals.deadlines import Deadlines
        from approvals.hooks import ApprovalHooks
        from approvals.stale_claims import ClaimChore
        from workflows import hooks, run_masking
        from workflows.definition import add_commit_check

        hooks.register(ApprovalHooks())
        hooks.add_chore(Deadlines())
        hooks.add_slow_chore(ClaimChore())
        run_masking.add_source(secrets.texts_in_run)
        pokes.listen()
        staffing.listen()
        add_commit_check(checks.check_policies)
        register(checks.nobody_to_ask, Tags.models)
        register(checks.working_hours)
        register(checks.unknown_steps, Tags.models)
