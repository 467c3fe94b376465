"""The OpenAPI document is valid, complete and true; its page needs nothing inline."""

import re
import tempfile
from pathlib import Path
from typing import Any

from django.core.management import call_command
from pydantic import BaseModel

from tests.rest.scenes import CLAIM, RestCase
from workflows import Workflow, step
from workflows.rest import bodies


class DocumentTests(RestCase):
    def document(self) -> dict[str, Any]:
        headers = {"Accept": "application/vnd.oai.openapi+json"}
        response = self.call("GET", "/api/schema/", user=self.carol, headers=headers)
        assert response.status_code == 200
        document: dict[str, Any] = response.json()
        return document

    def test_the_document_is_valid_and_nothing_is_guessed(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "schema.yml"
            call_command(
                "spectacular", validate=True, fail_on_warn=True, file=str(file)
            )
            assert file.read_text().startswith("openapi: 3.1")

    def test_each_workflow_has_a_start_with_its_own_input(self) -> None:
        document = self.document()
        start = document["paths"]["/api/v1/workflows/claims/runs/"]["post"]
        content = start["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].rsplit("/", 1)[-1]
        claim = document["components"]["schemas"][name]["properties"]["input_data"]
        assert claim["required"] == ["employee", "amount"]
        assert {
            option["type"] for option in claim["properties"]["amount"]["anyOf"]
        } == {
            "number",
            "string",
        }

    def test_two_workflows_with_models_of_one_name_keep_their_own(self) -> None:
        for number, type_ in enumerate((int, str)):

            class Part(BaseModel):
                value: type_  # type: ignore[valid-type]

            class Whole(BaseModel):
                part: Part

            @step(id="pass-on")
            def pass_on(whole: Any) -> Any:
                return whole

            Workflow(f"twin-{number}", input_schema=Whole).then(pass_on).commit()
        schemas = self.document()["components"]["schemas"]
        assert (
            schemas["Start.twin-0.In.Part"]["properties"]["value"]["type"] == "integer"
        )
        assert (
            schemas["Start.twin-1.In.Part"]["properties"]["value"]["type"] == "string"
        )

    def test_answers_are_what_the_document_says(self) -> None:
        approval = self.ask()
        for path, model in (
            ("/workflows/claims/", bodies.WorkflowDetail),
            (f"/runs/{approval.run_id}/", bodies.RunDetail),
        ):
            answer = self.get(path, self.rita).json()
            assert set(answer) == set(model.model_fields)
            model.model_validate(answer)

    def test_strangers_see_neither_document_nor_page(self) -> None:
        assert self.call("GET", "/api/schema/").status_code == 401
        assert self.call("GET", "/api/docs/").status_code == 302


class PageTests(RestCase):
    def test_the_page_needs_nothing_inline(self) -> None:
        response = self.call("GET", "/api/docs/", user=self.carol)
        page = response.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    def test_its_script_comes_from_an_address_of_its_own(self) -> None:
        response = self.call("GET", "/api/docs/?script=", user=self.carol)
        assert response["Content-Type"].startswith("application/javascript")
        assert b"/api/schema/" in response.content


class ExampleTests(RestCase):
    def test_the_documented_idempotency_key_is_the_one_that_works(self) -> None:
        headers = {"Idempotency-Key": "!" * 255}
        response = self.post(
            "/workflows/claims/runs/", {"input_data": CLAIM}, self.rita, headers=headers
        )
        assert response.status_code == 201
