"""The OpenAPI document: Pydantic models as they are, and one start per workflow."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, cast

from drf_spectacular.drainage import error
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.plumbing import ResolvedComponent

from workflows import registry
from workflows.definition import Workflow

REFERENCE = "#/components/schemas/{model}"
START_PATH = "/api/v1/workflows/{workflow_id}/runs/"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a token is sent."""

    target_class = "workflows.rest.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and a token from `POST /api/v1/token/`.",
        }


class PydanticModels(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Requests by their validation schema, answers by their serialization schema.

    The built-in extension describes both by the latter, which calls defaults required,
    and lets two models of one name share the first one's schema without a word.
    """

    target_class = "pydantic.BaseModel"
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: Any, direction: str) -> str:
        return cast(str, self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        mode = "validation" if direction == "request" else "serialization"
        schema = self.target.model_json_schema(ref_template=REFERENCE, mode=mode)
        for name, part in schema.pop("$defs", {}).items():
            _register(auto_schema.registry, name, part)
        return cast(dict[str, Any], schema)


def add_workflow_operations(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Beside the general start, one operation per workflow with its own input."""
    general = result["paths"].get(START_PATH, {}).get("post")
    if general is not None:
        for workflow in {one.id: one for one in registry.all()}.values():
            path = START_PATH.replace("{workflow_id}", workflow.id)
            operation = _start_operation(workflow, general, result["components"])
            result["paths"][path] = {"post": operation}
    return result


def _start_operation(
    workflow: Workflow, general: Mapping[str, Any], components: dict[str, Any]
) -> dict[str, Any]:
    operation = deepcopy(dict(general))
    operation["operationId"] = f"start_{_word(workflow.id)}"
    operation["summary"] = f"Start {workflow.id}"
    operation["description"] = workflow.description or general["description"]
    operation["tags"] = ["start"]
    operation["parameters"] = [
        one for one in operation.get("parameters", ()) if one["in"] != "path"
    ]
    schemas = components["schemas"]
    body = deepcopy(schemas["StartRun"])
    prefix = f"Start.{workflow.id}"
    input_schema, parts = _renamed(workflow.schemas.input.json_schema(), f"{prefix}.In")
    schemas.update(parts)
    body["title"] = prefix
    body["properties"]["input_data"] = input_schema
    if not workflow.schemas.input.is_any:
        body["required"] = ["input_data"]
    schemas[prefix] = body
    reference = {"$ref": f"#/components/schemas/{prefix}"}
    operation["requestBody"] = {
        "content": {"application/json": {"schema": reference}},
        "required": True,
    }
    return operation


def _renamed(
    schema: Mapping[str, Any], prefix: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema with its parts named under `prefix`: no two workflows share one."""
    parts = dict(schema.get("$defs", {}))
    names = {
        f"#/$defs/{name}": f"#/components/schemas/{prefix}.{_word(name)}"
        for name in parts
    }
    root = {key: value for key, value in schema.items() if key != "$defs"}
    renamed = {
        f"{prefix}.{_word(name)}": _with_references(part, names)
        for name, part in parts.items()
    }
    return _with_references(root, names), renamed


def _with_references(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_references(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_references(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", text)


def _register(components: Any, name: str, schema: dict[str, Any]) -> None:
    component = ResolvedComponent(  # type: ignore[no-untyped-call]
        name=name, type=ResolvedComponent.SCHEMA, object=name, schema=schema
    )
    if component not in components:
        components.register(component)
    elif components[component].schema != schema:
        error(f"two different schemas are called {name}")
