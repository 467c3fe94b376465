"""Somebody who fills in a blank form without a script, a page at a time."""

from typing import Any

from django.http import QueryDict

from tests.schema_forms.page import Page
from tests.schema_forms.samples import form_of, page_of, posted

ACTION = "answer.__action"
EXACT = ".__exact"
PAGES = 40


def typed(type_: Any, wanted: QueryDict) -> QueryDict | None:
    """What is posted in the end; None where a blank form has no such controls."""
    page = page_of(form_of(type_))
    for _turn in range(PAGES):
        _fill(page, wanted)
        button = _row_button(page, wanted)
        if not button and not _unseen(page, wanted):
            return _sent(page, wanted) if _is_taken(page, wanted) else None
        data = (page.press(ACTION, button) if button else page.press()).copy()
        page = page_of(posted(type_, _with_files(data, page, wanted)))
    return None


def clock_texts_only(data: QueryDict) -> QueryDict:
    """The post without the exact moments behind what the controls show."""
    left = data.copy()
    for name in [name for name in left if name.endswith(EXACT)]:
        del left[name]
    return left


def _fill(page: Page, wanted: QueryDict) -> None:
    """Everything on this page that is wanted; every box and radio as it should be."""
    for control in page.controls:
        texts = wanted.getlist(control.name)
        is_own = control.type == "hidden" or control.tag == "button"
        if control.type in {"checkbox", "radio"}:
            control.checked = control.value in texts
        elif control.tag == "select":
            # What stands in a part that is not chosen does not count.
            if texts and texts[-1] in dict(control.options):
                page.fill(control.name, texts[-1])
        elif texts and not is_own:
            control.value = texts[-1]
            control.type = "text"  # exactly this text, as the other page posted it


def _is_taken(page: Page, wanted: QueryDict) -> bool:
    """Whether every text got in; a line of a blank form takes no line breaks.

    Where a default can't be drawn, the blank form shows JSON and no such controls.
    """
    json_texts = {name for name in page.names() if name.endswith(".__json")}
    lines = [each for each in page.controls if each.tag == "input"]
    got_in = all(each.kept() == each.value for each in lines if each.type == "text")
    return got_in and json_texts <= wanted.keys()


def _row_button(page: Page, wanted: QueryDict) -> str:
    """The button that brings a list nearer to its length, or opens a part."""
    buttons = [control.value for control in page.named(ACTION)]
    for name in [value.removeprefix("add:") for value in buttons]:
        if f"{name}.__on" in wanted and f"add:{name}" in buttons:
            return f"add:{name}"
        rows = [control.value for control in page.named(f"{name}.__row")]
        surplus = len(rows) - len(wanted.getlist(f"{name}.__row"))
        if surplus < 0:
            return f"add:{name}"
        if surplus > 0 and f"remove:{name}:{rows[-1]}" in buttons:
            return f"remove:{name}:{rows[-1]}"
    return ""


def _unseen(page: Page, wanted: QueryDict) -> set[str]:
    """What is wanted and has no control yet, such as what is behind a box."""
    there = page.names() | {name.removesuffix(".__file") for name in page.names()}
    return {name for name in wanted if not name.endswith(EXACT)} - there


def _with_files(data: QueryDict, page: Page, wanted: QueryDict) -> QueryDict:
    """A file that is given arrives as its reference, once it is stored."""
    for name in page.names():
        kept = name.removesuffix(".__file")
        if kept != name and kept in wanted:
            data.setlist(kept, wanted.getlist(kept))
    return data


def _sent(page: Page, wanted: QueryDict) -> QueryDict:
    return _with_files(clock_texts_only(page.press()), page, wanted)
