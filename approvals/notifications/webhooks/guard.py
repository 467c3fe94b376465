"""Where a webhook may go: listed hosts, over TLS, at addresses of the open internet.

A name is resolved once, every address it has is looked at, and the connection goes to
an address that was looked at: a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from approvals import conf

# IPv4 addresses in the clothes of IPv6; what they lead to can't be told from outside.
DISGUISED = tuple(
    ipaddress.ip_network(network)
    for network in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
) + tuple(ipaddress.ip_network(network) for network in ("2001::/32", "2002::/16"))


class Refused(Exception):
    """A webhook may not go there; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that was looked at, and what to ask for there."""

    host: str
    port: int
    path: str
    address: str
    tls: bool


def target_of(url: str) -> Target:
    """Where to connect for this URL; ``Refused`` when a webhook may not."""
    parts = checked(url)
    tls = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if tls else 80)
    addresses = _resolved(host, port)
    if not _is_local_receiver(parts):
        for address in addresses:
            if not is_public(address):
                raise Refused(_("The host has an address that is not public."))
    path = parts.path or "/"
    return Target(
        host=host,
        port=port,
        path=f"{path}?{parts.query}" if parts.query else path,
        address=addresses[0],
        tls=tls,
    )


def checked(url: str) -> SplitResult:
    """The parts of a URL that is allowed as far as its text tells."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(_("This is no address.")) from None
    if _is_local_receiver(parts):
        return parts
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise Refused(_("The address must begin with https:// and name a host."))
    if parts.username is not None or parts.password is not None:
        raise Refused(_("The address may hold no user name and no password."))
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(_("The address holds characters that do not belong there."))
    allowed = {str(host).lower() for host in conf.get("WEBHOOK_HOSTS")}
    if parts.hostname.lower() not in allowed:
        raise Refused(_("The host is not in the list WEBHOOK_HOSTS."))
    return parts


def is_public(address: str) -> bool:
    """Whether it is out in the internet; not ours, not this machine, not disguised."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and (
        found.is_site_local or any(found in network for network in DISGUISED)
    ):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _is_local_receiver(parts: SplitResult) -> bool:
    """For tests and a developer's own machine: exact origins, named one by one."""
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin in conf.get("WEBHOOK_LOCAL_RECEIVERS")


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
