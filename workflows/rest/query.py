"""Query strings: one model per list says, checks and documents what is allowed."""

from typing import Any, TypeVar, get_origin

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workflows.rest.pagination import DEFAULT_LIMIT, MAX_LIMIT
from workflows.rest.problems import Refused

Query = TypeVar("Query", bound=BaseModel)


class NoQuery(BaseModel):
    """An address that takes no parameters."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(NoQuery):
    """What every paginated list takes."""

    limit: int = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="How many rows a page has."
    )
    cursor: str | None = Field(
        None, max_length=600, description="Where to go on: `next_cursor` of a page."
    )


def read_query(params: QueryDict, model: type[Query]) -> Query:
    """The parameters as `model`; a bad one is refused, naming what is allowed."""
    try:
        return model.model_validate(_values(params, model))
    except ValidationError as error:
        raise _refusal(error, model) from error


def parameters(model: type[BaseModel]) -> list[OpenApiParameter]:
    """The same model as OpenAPI parameters."""
    schema = model.model_json_schema(mode="validation")
    return [
        OpenApiParameter(
            name=name,
            type=_plain(spec, schema.get("$defs", {})),
            location=OpenApiParameter.QUERY,
            description=spec.get("description", ""),
            explode=True if spec.get("type") == "array" else None,
            style="form" if spec.get("type") == "array" else None,
        )
        for name, spec in schema["properties"].items()
    ]


def _values(params: QueryDict, model: type[BaseModel]) -> dict[str, Any]:
    """One value per parameter; only lists may be repeated. NUL is in no text."""
    values: dict[str, Any] = {}
    for name, given in params.lists():
        field = model.model_fields.get(name)
        if any("\x00" in value for value in given):
            raise _bad(name, "NUL is not allowed")
        if field is not None and get_origin(field.annotation) is list:
            values[name] = given
        elif len(given) > 1:
            raise _bad(name, "may be given once")
        else:
            values[name] = given[0]
    return values


def _refusal(error: ValidationError, model: type[BaseModel]) -> Refused:
    known = ", ".join(model.model_fields) or "none"
    errors = [
        {
            "parameter": str(item["loc"][0]),
            "detail": (
                f"unknown parameter; allowed: {known}"
                if item["type"] == "extra_forbidden"
                else item["msg"]
            ),
        }
        for item in error.errors(include_url=False, include_input=False)
    ]
    detail = "; ".join(f"{item['parameter']}: {item['detail']}" for item in errors)
    return Refused(400, detail, code="bad-query", errors=errors)


def _bad(name: str, detail: str) -> Refused:
    return Refused(
        400,
        f"{name}: {detail}",
        code="bad-query",
        errors=[{"parameter": name, "detail": detail}],
    )


def _plain(spec: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without references, and without null: absent is absent."""
    spec = {key: value for key, value in spec.items() if key != "title"}
    if "$ref" in spec:
        spec = {**definitions[spec.pop("$ref").rsplit("/", 1)[-1]], **spec}
    if "anyOf" in spec:
        (other,) = [item for item in spec.pop("anyOf") if item != {"type": "null"}]
        spec = {**_plain(other, definitions), **spec}
    if "items" in spec:
        spec["items"] = _plain(spec["items"], definitions)
    if spec.get("default", 0) is None:
        del spec["default"]
    spec.pop("description", None)
    return spec
