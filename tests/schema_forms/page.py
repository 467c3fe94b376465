"""A page as a browser holds it: its controls, and what it would post."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.http import QueryDict

VOID = {"input", "br", "hr", "img", "meta", "link"}
NATIVE = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?"),
    "datetime-local": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?"),
}


@dataclass(kw_only=True)
class Control:
    """One element that may post something."""

    tag: str
    name: str
    type: str = ""
    value: str = ""
    checked: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    options: list[tuple[str, bool]] = field(default_factory=list)

    def posted(self) -> list[str]:
        """The values it adds to a post, as the HTML standard has it."""
        if self.tag == "button" or not self.name or "disabled" in self.attributes:
            return []
        if self.tag == "select":
            chosen = [value for value, selected in self.options if selected]
            return chosen[-1:] or [value for value, _ in self.options[:1]]
        if self.type in {"checkbox", "radio"}:
            return [self.value] if self.checked else []
        return [self.kept()]

    def kept(self) -> str:
        """The text after the browser has tidied it up."""
        if self.tag == "textarea":
            return re.sub(r"\r\n|\r|\n", "\r\n", self.value)
        if self.type in NATIVE:
            return self.value if NATIVE[self.type].fullmatch(self.value) else ""
        return self.value if self.type == "hidden" else re.sub("[\r\n]", "", self.value)


class Page(HTMLParser):
    """The parsed page; `fill` and `press` are what a person does with it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: list[Control] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: Control | None = None
        self._depth: list[str] = []
        self.feed(html)
        self.close()
        assert not self._depth, f"never closed: {self._depth}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self._depth.append(tag)
        if tag in {"input", "select", "textarea", "button"}:
            control = Control(
                tag=tag,
                name=attributes.get("name", ""),
                type=attributes.get("type", ""),
                value=attributes.get("value", ""),
                checked="checked" in attributes,
                attributes=attributes,
            )
            self.controls.append(control)
            self._open = control if tag in {"select", "textarea"} else self._open
        elif tag == "option" and self._open is not None:
            option = (attributes.get("value", ""), "selected" in attributes)
            self._open.options.append(option)

    def handle_endtag(self, tag: str) -> None:
        assert self._depth[-1:] == [tag], f"</{tag}> in {self._depth}"
        self._depth.pop()
        if self._open is not None and self._open.tag == tag:
            if tag == "textarea":
                self._open.value = self._open.value.removeprefix("\n")
            self._open = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open is not None and self._open.tag == "textarea":
            self._open.value += data

    def named(self, name: str) -> list[Control]:
        return [control for control in self.controls if control.name == name]

    def elements_with(self, attribute: str) -> list[dict[str, str]]:
        return [attrs for _tag, attrs in self.elements if attribute in attrs]

    def names(self) -> set[str]:
        return {control.name for control in self.controls}

    def fill(self, name: str, value: str) -> Page:
        """Type the text, or choose the option, or tick the box with that value."""
        controls = self.named(name)
        assert controls, f"no control {name!r} on the page"
        for control in controls:
            if control.tag == "select":
                assert value in dict(control.options)
                control.options = [(text, text == value) for text, _ in control.options]
            elif control.type == "radio":
                control.checked = control.value == value
            elif control.type == "checkbox":
                control.checked = control.checked or control.value == value
            else:
                control.value = value
                if control.kept() != value and control.type in NATIVE:
                    control.type = "text"  # a browser without that native control
        return self

    def clear(self, name: str) -> Page:
        """Take the tick out of a box."""
        for control in self.named(name):
            control.checked = False
        return self

    def press(self, name: str = "", value: str = "") -> QueryDict:
        """What is posted when that button is pressed; no button: a script sent it."""
        if name:
            buttons = [each for each in self.named(name) if each.tag == "button"]
            assert value in [each.value for each in buttons], f"no button {value!r}"
        pairs = [(each.name, v) for each in self.controls for v in each.posted()]
        return QueryDict(urlencode([*pairs, *([(name, value)] if name else [])]))

    def check_markup(self) -> None:
        """Ids are unique, references lead somewhere, nothing is inline."""
        ids = [attrs["id"] for _tag, attrs in self.elements if "id" in attrs]
        assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
        for tag, attributes in self.elements:
            references = attributes.get("aria-describedby", "").split()
            references += attributes.get("aria-labelledby", "").split()
            references += [attributes["for"]] if "for" in attributes else []
            references += [attributes["list"]] if "list" in attributes else []
            if attributes.get("href", "").startswith("#"):
                references.append(attributes["href"][1:])
            assert set(references) <= set(ids), set(references) - set(ids)
            assert tag not in {"script", "style"}
            inline = {a for a in attributes if a == "style" or a.startswith("on")}
            assert not inline
            blocking = {"required", "pattern", "min", "max", "maxlength"}
            assert not blocking & attributes.keys()
        self._check_names()

    def _check_names(self) -> None:
        """Each control a person uses has a label."""
        labelled = {attrs["for"] for _tag, attrs in self.elements if "for" in attrs}
        for control in self.controls:
            if control.tag == "button" or control.type == "hidden":
                continue
            assert control.attributes.get("id") in labelled, control
