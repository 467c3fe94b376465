"""Taking a run to another step over REST, in itself or in a fork."""

from approvals.models import AuditRow
from tests.rest.scenes import RestCase, pointers
from workflows import Workflow, control, process, step
from workflows.models import Run, Suspension
from workflows.testing import run_until_idle


@step
def add_one(number: int) -> int:
    return number + 1


@step
def times_ten(number: int) -> int:
    return 10 * number


async def claimed(run_id: str) -> None:
    """This process holds the run, as if it were executing it."""
    engine = await process.engine()
    assert await control.claim(engine.journal, run_id) is not None


class TimeTravelTests(RestCase):
    def setUp(self) -> None:
        super().setUp()
        sums = Workflow("sums", input_schema=int)
        sums.then(add_one).then(times_ten).commit()
        self.run_id = self.start("sums", 1)
        self.path = f"/runs/{self.run_id}/time-travel/"

    def test_a_finished_run_goes_on_from_a_step_with_other_input(self) -> None:
        body = {"step": "times-ten", "input_data": 7}
        response = self.post(self.path, body, self.olga)
        assert response.status_code == 202, response.content
        assert response.json()["run_id"] == self.run_id
        run_until_idle()
        assert Run.objects.get().result_value == 70

    def test_a_fork_is_a_new_run_and_leaves_the_first_alone(self) -> None:
        body = {"step": ["times-ten"], "fork": True, "input_data": 3}
        response = self.post(self.path, body, self.olga)
        assert response.status_code == 202
        fork = response.json()["run_id"]
        assert fork != self.run_id
        run_until_idle()
        results = dict(Run.objects.values_list("pk", "result"))
        assert results == {self.run_id: "20", fork: "30"}

    def test_it_is_audited_once_with_who_and_how(self) -> None:
        self.post(self.path, {"step": "add-one"}, self.olga)
        row = AuditRow.objects.get()
        assert (row.action, row.object_id) == ("time-travel", self.run_id)
        assert (row.actor, row.channel) == (self.olga, "rest")

    def test_only_operators_may(self) -> None:
        body = {"step": "add-one"}
        self.assert_problem(self.post(self.path, body, self.rita), 403, "operate_run")
        self.assert_problem(self.post(self.path, body, self.carol), 404)

    def test_an_unknown_step_is_not_found_and_named_with_what_there_is(self) -> None:
        for name in ("nope", "", [], ["add-one", "nope"]):
            with self.subTest(name=name):
                response = self.post(self.path, {"step": name}, self.olga)
                self.assert_problem(response, 404)
        response = self.post(self.path, {"step": "nope"}, self.olga)
        self.assert_problem(response, 404, "times-ten")

    def test_what_lacks_before_the_step_is_named(self) -> None:
        approval = self.ask()
        Workflow("chain", input_schema=int).sleep(3600, id="later").then(add_one).then(
            times_ten
        ).commit()
        waiting = self.start("chain", 1)
        path = f"/runs/{waiting}/time-travel/"
        response = self.post(path, {"step": "times-ten"}, self.olga)
        problem = self.assert_problem(response, 422, "add-one")
        assert "/context/add-one" in pointers(problem)
        context = {"later": {"output": 1}, "add-one": {"output": 4}}
        body = {"step": "times-ten", "context": context}
        assert self.post(path, body, self.olga).status_code == 202
        run_until_idle()
        assert Run.objects.get(pk=waiting).result_value == 40
        assert Suspension.objects.get(pk=approval.pk).status == "open"

    def test_values_are_checked_strictly_at_their_place(self) -> None:
        approval = self.ask()
        asking = f"/runs/{approval.run_id}/time-travel/"
        at = {"step": "times-ten"}
        told = {"step": "ask-manager", "resume_data": {"approved": "yes"}}
        for path, body, pointer in (
            (self.path, {**at, "input_data": "7"}, "/input_data"),
            (asking, told, "/resume_data/approved"),
            (self.path, {**at, "context": {"add-one": 5}}, ""),
            (self.path, {**at, "nested_context": {"x": {"y": 5}}}, ""),
            (self.path, {**at, "nested_context": {"x": 5}}, "/nested_context/x"),
            (self.path, {**at, "context": {"zz": {}}}, "/context/zz"),
            (self.path, {**at, "nested_context": {"x": {}}}, "/nested_context/x"),
            (self.path, {**at, "initial_state": []}, "/initial_state"),
            (self.path, {**at, "per_step": 1}, "/per_step"),
            (self.path, {**at, "who": "me"}, "/who"),
            (self.path, {}, "/step"),
        ):
            with self.subTest(body=body):
                problem = self.assert_problem(self.post(path, body, self.olga), 422)
                assert pointers(problem) == [pointer]
        assert not AuditRow.objects.exists()

    def test_a_run_that_is_being_executed_is_a_conflict(self) -> None:
        response = self.post("/workflows/sums/runs/", {"input_data": 1}, self.rita)
        run_id = response.json()["run_id"]
        process.run_sync(claimed(run_id))
        path = f"/runs/{run_id}/time-travel/"
        response = self.post(path, {"step": "add-one"}, self.olga)
        problem = self.assert_problem(response, 409, "being executed")
        assert problem["type"].endswith("run-is-running")

    def test_a_repeat_with_its_key_travels_once(self) -> None:
        headers = {"Idempotency-Key": "once"}
        body = {"step": "times-ten", "fork": True}
        first, second = (
            self.post(self.path, body, self.olga, headers=headers).json()
            for _ in range(2)
        )
        assert first == second
        assert Run.objects.count() == 2


class ParkedTests(RestCase):
    """A run whose workflow was changed under it says why it stands still."""

    def test_a_resume_and_a_restart_leave_the_reason_on_the_run(self) -> None:
        for action, body in (("resume", {"resume_data": {}}), ("restart", None)):
            for headers in ({}, {"Idempotency-Key": "the-key"}):
                with self.subTest(action=action, headers=headers):
                    run_id = self.start("claims")
                    Run.objects.filter(pk=run_id).update(workflow="gone", attention="x")
                    path = f"/runs/{run_id}/{action}/"
                    response = self.post(path, body, self.adam, headers=headers)
                    self.assert_problem(response, 409, "gone")
                    assert "gone" in Run.objects.get(pk=run_id).attention
                    assert Suspension.objects.get(run=run_id).status == "open"

    def test_the_key_of_such_a_request_may_be_used_again(self) -> None:
        run_id = self.start("claims")
        Run.objects.filter(pk=run_id).update(workflow="gone")
        path = f"/runs/{run_id}/resume/"
        body = {"resume_data": {"approved": True}}
        headers = {"Idempotency-Key": "again"}
        response = self.post(path, body, self.adam, headers=headers)
        self.assert_problem(response, 409)
        Run.objects.filter(pk=run_id).update(workflow="claims")
        response = self.post(path, body, self.adam, headers=headers)
        assert response.status_code == 202
