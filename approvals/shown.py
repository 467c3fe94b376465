"""What an answer is about: the digest a page carries, and what changed under it.

The digest covers payload and answer schema as stored with the suspension. When the
code now installed asks for another answer, the digest changes with it: a page shown
before is stale, a page shown from now on is not.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

import workflows
from approvals.questions import in_words
from approvals.verdicts import properties
from workflows import json_gate
from workflows.json_gate import JSONObject
from workflows.models import Suspension


def current_digest(suspension: Suspension, proposal: str = "") -> str:
    """What an answer must name today; ``proposal`` as stored, once it was edited."""
    facts: JSONObject = {"asked": suspension.digest}
    installed = installed_schema(suspension)
    if installed is not None and installed != suspension.answer_schema_value:
        facts["answer"] = installed
    if proposal:
        facts["proposal"] = json_gate.loads(proposal)
    return json_gate.digest(facts) if len(facts) > 1 else suspension.digest


def installed_schema(suspension: Suspension) -> JSONObject | None:
    """The answer's JSON Schema in the code now installed; ``None`` if that is gone."""
    step = workflows.suspended_step(suspension)
    return step.schemas.resume.json_schema() if step else None


def answer_schema(suspension: Suspension) -> JSONObject:
    """What an answer is read by: the installed schema, else the one asked by."""
    return installed_schema(suspension) or suspension.answer_schema_value


def question_schema(suspension: Suspension) -> JSONObject:
    """What the question is read by in the code now installed; empty if it is gone."""
    step = workflows.suspended_step(suspension)
    return step.schemas.suspend.json_schema() if step else {}


def changes(suspension: Suspension) -> list[str]:
    """How the answer asked for today differs from the one asked for at first."""
    installed = installed_schema(suspension)
    if installed is None:
        return [_("The step that asked this is no longer installed.")]
    return schema_changes(suspension.answer_schema_value, installed)


def schema_changes(before: JSONObject, after: JSONObject) -> list[str]:
    """The differences between two answer schemas, a sentence for each field."""
    if before == after:
        return []
    old, new = properties(before), properties(after)
    gone, added = _("“%(name)s” is no longer asked."), _("“%(name)s” is asked now.")
    other = _("“%(name)s” is asked in another way.")
    sentences = [gone % {"name": in_words(name)} for name in old.keys() - new]
    sentences += [added % {"name": in_words(name)} for name in new.keys() - old]
    sentences += [
        other % {"name": in_words(name)}
        for name in old.keys() & new
        if old[name] != new[name] or _required(before, name) != _required(after, name)
    ]
    return sorted(sentences) or [_("The answer is checked by other rules.")]


def _required(schema: JSONObject, name: str) -> bool:
    required = schema.get("required")
    return isinstance(required, list) and name in required
