"""What was typed into the form of an older proposal, brought to the one of now."""

from __future__ import annotations

from dataclasses import replace

from workflows.json_gate import JSONValue

from .controls import Controls
from .groups import GroupField, GroupShape
from .shapes import Field, Place, Shape
from .values import MISSING


def renew(controls: Controls, shape: Shape, place: Place, *, since: JSONValue) -> None:
    """Fill in anew the fields that hold what they began with, which was ``since``.

    Nobody meant to say what they left alone: it says what is proposed now.
    """
    if not isinstance(shape, GroupShape):
        return
    then = replace(place, proposed=since, form=replace(place.form, action=None))
    began = Controls()
    shape.fill(began, then, since)
    typed = _fields(shape, controls.copy(), then)
    left_alone = _fields(shape, began, then)
    proposed = place.proposed if isinstance(place.proposed, dict) else {}
    for key, part in shape.shapes.items():
        if typed[key].value() == left_alone[key].value():
            now = place.part(key, proposed.get(key, MISSING))
            controls.forget(now.name)
            part.fill(controls, now, now.proposed)


def _fields(shape: Shape, controls: Controls, place: Place) -> dict[str, Field]:
    root = shape.bind(controls, place)
    return root.fields if isinstance(root, GroupField) else {}
