"""``manage.py start_run``: start a workflow from the command line."""

from __future__ import annotations

from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows import json_gate, registry
from workflows.api import Workflow
from workflows.errors import SchemaMismatch, WorkflowError


class Command(BaseCommand):
    """The input is checked as strictly as a client's over REST."""

    help = "Start a run; a worker executes it. Prints the run's id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow_id")
        parser.add_argument("--data", default="null", help="the input as JSON")
        parser.add_argument("--run-id", help="an id of your own")
        parser.add_argument("--resource-id", help="what the run is about")
        parser.add_argument(
            "--wait", action="store_true", help="execute it here and print its status"
        )

    def handle(self, **options: Any) -> None:
        try:
            workflow = cast(Workflow, registry.get(options["workflow_id"]))
            given = json_gate.parse(options["data"])
            data = workflow.schemas.input.accept_strict(given)
            run = workflow.create_run(
                run_id=options["run_id"], resource_id=options["resource_id"]
            )
            result = run.start(data, wait=options["wait"])
        except SchemaMismatch as error:
            faults = [
                f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors
            ]
            raise CommandError("\n".join([str(error), *faults])) from error
        except (WorkflowError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{run.id} {result.status}")
