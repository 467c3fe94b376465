"""``manage.py check_waiting``: run it with new code before the new code goes live."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import waiting


class Command(BaseCommand):
    help = (
        "List the runs that the code now installed could not continue, and the open "
        "questions whose answer schema has changed. Exits with 1 if a run would park."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        parked = 0
        for found in waiting.stranded():
            parked += not found.answerable
            word = "changed" if found.answerable else "PARKED"
            place = f" at {found.step}" if found.step else ""
            self.stdout.write(
                f"{word}  {found.workflow} {found.version}  run {found.run_id}{place}: "
                f"{found.why}"
            )
        if parked:
            raise CommandError(f"{parked} runs could not continue under this code")
        self.stdout.write("Every waiting run can continue.")
