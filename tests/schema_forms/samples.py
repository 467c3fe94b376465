"""What the tests of this folder share: a zone, a form, a round through the browser."""

from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from pydantic import BaseModel, create_model

from approvals.schema_forms import SchemaForm
from tests.schema_forms.page import Control, Page

BERLIN = ZoneInfo("Europe/Berlin")


def form_of(type_: Any, **options: Any) -> SchemaForm:
    """A form whose verdict, if any, is a field like the others."""
    settings: dict[str, Any] = {"zone": BERLIN, "exclude_verdict": False, **options}
    return SchemaForm(type_, **settings)


def page_of(form: SchemaForm) -> Page:
    """The form as a browser sees it; its markup is checked on the way."""
    page = Page(str(form))
    page.check_markup()
    return page


def shown(type_: Any, initial: Any = None, **options: Any) -> Page:
    return page_of(form_of(type_, initial=initial, **options))


def posted(type_: Any, data: QueryDict | dict[str, str], **options: Any) -> SchemaForm:
    if isinstance(data, dict):
        query = QueryDict(mutable=True)
        query.update(data)
        data = query
    return form_of(type_, data=data, **options)


def answer_in(form: SchemaForm) -> Any:
    """The form's value, to be looked into."""
    return form.value()


def round_trip(type_: Any, initial: Any = None) -> Any:
    """The answer when a person sends the form back as it came."""
    return posted(type_, shown(type_, initial).press()).value()


def model(annotation: Any, default: Any = ...) -> type[BaseModel]:
    """A model with one field, `it`."""
    return create_model("Sample", it=(annotation, default))


def control(page: Page, name: str = "answer.it") -> Control:
    (found,) = page.named(name)
    return found
