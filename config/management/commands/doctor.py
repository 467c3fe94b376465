"""``manage.py doctor``: is this installation well, and what cures it if not."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config import doctor


class Command(BaseCommand):
    help = "Look at settings, database, worker and live updates. Exits with 1 if ill."
    requires_system_checks: list[str] = []  # what they find is reported, too

    def handle(self, **options: Any) -> None:
        ill = False
        for finding in doctor.findings():
            ill |= bool(finding.cure)
            word = (
                self.style.ERROR("BAD ") if finding.cure else self.style.SUCCESS("good")
            )
            self.stdout.write(f"{word}  {finding.name}: {finding.found}")
            if finding.cure:
                self.stdout.write(f"      {finding.cure}")
        if ill:
            sys.exit(1)
