"""`If-Match`: what a client was shown, said where HTTP has a place for it."""

from __future__ import annotations

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from workflows.rest.problems import Refused

# One strong entity tag (RFC 9110, 8.8.3). `*`, weak tags and lists prove nothing about
# the one content that somebody saw.
TAG = re.compile(r'"([\x21\x23-\x7e]{1,200})"')

IF_MATCH = OpenApiParameter(
    name="If-Match",
    type={"type": "string", "pattern": f"^{TAG.pattern}$"},
    location=OpenApiParameter.HEADER,
    description="The digest in double quotes, instead of `digest` in the body.",
)


def shown_digest(request: Request, in_body: str | None) -> str | None:
    """The digest that the request names, in its body, in ``If-Match``, or in both.

    ``Refused`` with 400 when the header holds none, or another one than the body.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return in_body
    tag = TAG.fullmatch(header.strip())
    if tag is None:
        raise Refused(400, "If-Match must be one digest in double quotes.")
    if in_body and in_body != tag[1]:
        raise Refused(400, "If-Match and the body name different digests.")
    return tag[1]
