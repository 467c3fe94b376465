"""A REST client of one person, with nothing but the standard library."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

TIMEOUT = 20


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, status: int, body: str, retry_after: str | None) -> None:
        super().__init__(f"{status}: {body}")
        self.status, self.retry_after = status, retry_after


@dataclass(frozen=True, kw_only=True)
class Client:
    """Calls to `/api/v1/` with one token. A lost connection raises `OSError`."""

    url: str
    token: str
    patience: float = TIMEOUT  # seconds

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, given: bytes | None) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            data=given,
            method=method,
            headers={
                "Authorization": f"Token {self.token}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=self.patience) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            body = error.read().decode(errors="replace")
            raise Refused(error.code, body, error.headers["Retry-After"]) from error
