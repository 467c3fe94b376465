"""`manage.py demo` as a process: filled once, kept ever after, on loopback only."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.management import CommandError, call_command

from tests.acceptance.clients import Client, Refused
from tests.acceptance.demo_output import passwords_in, token_in
from tests.servers import ROOT, ServerFactory, ServerProcess

QUICKSTART = "\n".join(
    re.findall(
        r"^```sh\n(.*?)^```",
        (ROOT / "docs/quickstart.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)
COUNTS = """
import json
from django.contrib.auth.models import User
from approvals.models import Approval, Decision
from workflows.models import Event, Run
print(json.dumps({
    "users": User.objects.count(),
    "passwords": sum(u.has_usable_password() for u in User.objects.all()),
    "runs": Run.objects.count(),
    "events": Event.objects.count(),
    "failed": Run.objects.filter(status="failed").count(),
    "attention": Run.objects.exclude(attention="").count(),
    "success": Run.objects.filter(status="success").count(),
    "open": Approval.objects.filter(status="open").count(),
    "decisions": Decision.objects.count(),
    "unanswerable": Approval.objects.filter(needs_assignment=True).count(),
}))
"""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A prepared demo: its server and what the first start printed."""

    server: ServerProcess
    printed: str

    @property
    def passwords(self) -> dict[str, str]:
        return passwords_in(self.printed)

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(self.server.shell(COUNTS))
        return counts


@pytest.fixture(scope="module")
def demo(_all_servers: ServerFactory) -> Iterator[Demo]:
    server = _all_servers.create_for_demo()
    printed = server.manage("demo", "--no-serve", timeout=120)
    yield Demo(server=server, printed=printed)
    server.stop()


@pytest.fixture(scope="module")
def url(demo: Demo) -> str:
    demo.server.start()
    return demo.server.url


class TestTheDemo:
    def test_it_fills_the_desk(self, demo: Demo) -> None:
        counts = demo.counts()

        assert counts["runs"] >= 60
        assert counts["open"] >= 30
        assert counts["decisions"] >= 15
        assert counts["success"] >= 22
        assert counts["failed"] == counts["attention"] == counts["unanswerable"] == 0

    def test_it_prints_who_signs_in_and_no_password_twice(self, demo: Demo) -> None:
        assert {"alice", "bob", "farah", "mei", "nadia", "oskar", "admin"} <= set(
            demo.passwords
        )
        assert len(set(demo.passwords.values())) == len(demo.passwords)
        assert demo.counts()["passwords"] == len(demo.passwords)

    def test_started_again_it_keeps_what_is_there(self, demo: Demo) -> None:
        before = demo.counts()
        printed = demo.server.manage("demo", "--no-serve", timeout=120)

        assert demo.counts() == before
        assert passwords_in(printed) == {}
        assert "--reset-passwords" in printed

    def test_everybody_sees_their_own_desk(self, demo: Demo, url: str) -> None:
        waiting = {
            name: Client(url=url, token=token).get("approvals/?status=open&mine=true")
            for name, token in _tokens(demo).items()
        }

        assert all(waiting[name]["results"] for name in ("alice", "farah", "mei"))
        assert waiting["nadia"]["results"]
        assert waiting["carol"]["results"] == []

    def test_the_printed_token_and_only_a_true_one_opens_the_api(
        self, demo: Demo, url: str
    ) -> None:
        found = Client(url=url, token=token_in(demo.printed)).get("approvals/")
        with pytest.raises(Refused) as refused:
            Client(url=url, token="0" * 64).get("approvals/")

        assert found["results"]
        assert refused.value.status == 401

    def test_the_commands_of_the_quickstart_lead_to_a_paid_claim(
        self, demo: Demo, url: str
    ) -> None:
        printed = _shell(
            QUICKSTART.replace("http://127.0.0.1:8000", url),
            ALICE_PASSWORD=demo.passwords["alice"],
            CAROL_PASSWORD=demo.passwords["carol"],
        )
        result = printed.splitlines()[-1]

        assert '"paid":true' in result
        assert '"amount":"420.00"' in result

    def test_passwords_can_be_made_anew(self, demo: Demo) -> None:
        printed = demo.server.manage(
            "demo", "--no-serve", "--reset-passwords", timeout=120
        )
        fresh = passwords_in(printed)

        assert fresh.keys() == demo.passwords.keys()
        assert not set(fresh.values()) & set(demo.passwords.values())


@pytest.mark.one_database
class TestWhatItRefuses:
    def test_it_listens_on_no_other_address(self) -> None:
        with pytest.raises(CommandError, match=r"127\.0\.0\.1 only, not on 0\.0\.0\.0"):
            call_command("demo", "--host", "0.0.0.0")

    def test_a_taken_port_is_named_before_anything_is_made(self) -> None:
        with socket.socket() as rival:
            rival.bind(("127.0.0.1", 0))
            rival.listen()
            port = rival.getsockname()[1]
            with pytest.raises(CommandError, match=f"Port {port} can't be used"):
                call_command("demo", "--port", str(port))

    def test_a_database_of_other_people_is_left_alone(
        self, server_factory: ServerFactory
    ) -> None:
        server = server_factory.create_for_demo()
        server.shell(
            "from django.contrib.auth.models import User;"
            "User.objects.create_user('erna', 'erna@example.org')"
        )
        with pytest.raises(AssertionError, match="accounts that are not the demo's"):
            server.manage("demo", "--no-serve")

        assert "1" in server.shell(
            "from django.contrib.auth.models import User; print(User.objects.count())"
        )


def _shell(commands: str, **environment: str) -> str:
    """What the commands print in a shell that stops at the first fault."""
    if shutil.which("curl") is None:
        pytest.skip("curl is missing")
    done = subprocess.run(
        ["sh", "-eu", "-c", commands],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def _tokens(demo: Demo) -> dict[str, str]:
    names = ["alice", "farah", "mei", "nadia", "carol"]
    printed = demo.server.shell(
        "import json; from django.contrib.auth.models import User;"
        "from knox.models import AuthToken;"
        f"print(json.dumps({{n: AuthToken.objects.create("
        f"User.objects.get(username=n))[1] for n in {names!r}}}))"
    )
    tokens: dict[str, str] = json.loads(printed)
    return tokens
