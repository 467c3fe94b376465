"""``manage.py remove_unused_uploads``: files given and never answered with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from approvals import files


class Command(BaseCommand):
    help = "Remove uploaded files that no run, question or answer speaks of."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--hours",
            type=int,
            default=24,
            help="spare files younger than this: a form may be open (default: 24)",
        )

    def handle(self, *args: Any, hours: int, **options: Any) -> None:
        before = timezone.now() - timedelta(hours=hours)
        count = files.remove_unreferenced(before=before)
        self.stdout.write(f"Removed {count} files.")
