"""Markdown can be looked at before it is sent, with a plain button of the form."""

from typing import Annotated

from pydantic import Field

from tests.schema_forms.samples import control, model, page_of, posted, shown

Markdown = Annotated[str, Field(json_schema_extra={"widget": "markdown"})]
NOTE = model(Markdown)


def test_the_preview_is_drawn_and_the_text_kept() -> None:
    page = shown(NOTE).fill("answer.it", "**now** <b>no</b>")
    form = posted(NOTE, page.press("answer.__action", "preview:answer.it"))
    assert form.action == "preview"
    html = str(form)
    assert "<strong>now</strong> &lt;b&gt;" in html
    assert control(page_of(form)).value == "**now** <b>no</b>"


def test_a_plain_text_has_no_preview() -> None:
    plain = model(str)
    page = shown(plain).fill("answer.it", "**now**")
    data = page.press().copy()
    data["answer.__action"] = "preview:answer.it"
    assert "<strong>" not in str(posted(plain, data))
