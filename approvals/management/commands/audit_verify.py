"""``manage.py audit_verify``: does the audit chain still hold?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from approvals import audit
from approvals.audit import ChainBroken, Head


class Command(BaseCommand):
    """Read the whole chain; exit 1 and name the first broken row if it does not hold.

    A head exported earlier (and kept elsewhere) also shows that the end was cut off
    or that everything was rewritten.
    """

    help = "Verify the audit chain; name the first broken row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--export-head", type=Path, help="append the head to this file"
        )
        parser.add_argument(
            "--against", type=Path, help="a file of heads exported earlier"
        )

    def handle(self, **options: Any) -> None:
        earlier = _heads(options["against"]) if options["against"] else []
        try:
            head = audit.verify(against=earlier)
        except ChainBroken as broken:
            raise CommandError(f"The audit chain is broken. {broken}") from broken
        if options["export_head"]:
            _export(head, options["export_head"])
        compared = f", {len(earlier)} exported heads agree" if earlier else ""
        self.stdout.write(
            f"The audit chain holds: {head.seq} rows, head {head.hash}{compared}."
        )


def _heads(path: Path) -> list[Head]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.strip()]
        return [Head(tenant=h["tenant"], seq=h["seq"], hash=h["hash"]) for h in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} holds no exported heads: {error}") from error


def _export(head: Head, path: Path) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(head.as_json()) + "\n")
    except OSError as error:
        raise CommandError(f"The head could not be written: {error}") from error
