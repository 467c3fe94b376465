"""`manage.py demo`: from an empty database to a filled inbox in a browser."""

import logging
import socket
from argparse import ArgumentParser
from datetime import timedelta
from importlib import import_module
from typing import Any

from daphne.cli import CommandLineInterface
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

from approvals import conf
from examples.demo import people, seed

HOST = "127.0.0.1"
TOKEN_LIFE = timedelta(hours=12)
TOKEN_OWNER = "alice"


class Command(BaseCommand):
    """Prepare the demo once, keep it ever after, and serve it on this machine only."""

    help = "Migrate, make demo accounts and requests where missing, and serve them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--host", default=HOST, help=f"only {HOST} is allowed")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--no-serve", action="store_true", help="prepare everything, then stop"
        )
        parser.add_argument(
            "--reset-passwords",
            action="store_true",
            help="give every demo account a new random password",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse what is unsafe first, then prepare, explain and serve."""
        host, port, serve = options["host"], options["port"], not options["no_serve"]
        if host != HOST:
            raise CommandError(f"The demo listens on {HOST} only, not on {host}.")
        if serve:
            _refuse_taken_port(port)
        if people.strangers_live_here():
            raise CommandError(
                "This database has accounts that are not the demo's. Give the demo "
                "its own, for example DATABASE_URL=sqlite:////tmp/demo.sqlite3"
            )
        self._prepare(reset=options["reset_passwords"])
        self._explain_rest(port)
        if serve:
            self.stdout.write(f"\nhttp://{HOST}:{port}/   (Ctrl+C stops the server)\n")
            self.stdout.flush()
            if conf.get("SITE_URL") == conf.DEFAULTS["SITE_URL"]:  # links in its mails
                settings.APPROVALS["SITE_URL"] = f"http://{HOST}:{port}"
            # A line per request would soon bury the passwords. Loading the application
            # sets up logging once more, so the level can only be chosen after that.
            import_module("config.asgi")
            logging.getLogger().setLevel(logging.WARNING)
            CommandLineInterface().run(
                ["-b", HOST, "-p", str(port), "-v", "0", "config.asgi:application"]
            )

    def _prepare(self, *, reset: bool) -> None:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        made = people.make_people()
        if reset:
            made = {person.username for person in people.SIGN_INS}
        passwords = people.set_passwords(made)
        started = seed.seed()
        self.stdout.write(
            f"{started} requests were submitted, some of them decided already.\n"
            if started
            else "The requests of last time are still there.\n"
        )
        self._explain_sign_in(passwords)

    def _explain_sign_in(self, passwords: dict[str, str]) -> None:
        if not passwords:
            self.stdout.write(
                "\nSign in with the passwords printed the first time. Lost them?\n"
                "  make demo ARGS=--reset-passwords\n"
            )
            return
        self.stdout.write("\nSign in as (shown only now, stored nowhere):\n\n")
        for person in people.SIGN_INS:
            if person.username in passwords:
                self.stdout.write(
                    f"  {person.username:<7} {passwords[person.username]}"
                    f"   {person.role}\n"
                )

    def _explain_rest(self, port: int) -> None:
        owner = User.objects.get(username=TOKEN_OWNER)
        _, token = AuthToken.objects.create(user=owner, expiry=TOKEN_LIFE)
        self.stdout.write(
            f"\nThe same inbox by REST, as {TOKEN_OWNER}, for twelve hours:\n\n"
            f"  curl -H 'Authorization: Token {token}' "
            f"'http://{HOST}:{port}/api/v1/approvals/?status=open&mine=true'\n"
        )


def _refuse_taken_port(port: int) -> None:
    """Say so before the preparations, not after them."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} can't be used ({error}). Try --port 8001."
            ) from error
