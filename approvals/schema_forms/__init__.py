"""Forms from types: drawn by the server, working without a script, honest about errors.

    form = SchemaForm(schema, initial=proposal, zone=zone)
    {{ form }}          inside <form method="post" novalidate> with a CSRF token

    form = SchemaForm(schema, initial=proposal, data=request.POST, zone=zone)
    if form.action:     # a button inside the form: add a row, restore a value, ...
        ...show the form again, status 200
    answer = form.validate()
    if not form.is_valid:
        ...show the form again, status 422; everything typed is still there
    decide(data=answer, ...)    # the verdict's button is part of the answer

`{{ form }}` is `form.render()` (summary of problems, fields) and, unless
`exclude_verdict=False`, `form.render_buttons()`; a page may place the two apart, and
draw `form.render_fields()` below a summary of its own, from `form.problems`. The
buttons post the verdict under `form.verdict_name`, as `choice.text` of each of
`form.verdict.choices`. Faults found later (by `decide()`, say) go in through `errors=`.

Author's hints, in `json_schema_extra` of a field: `widget` ("textarea", "markdown",
"radios", "select", "json"), `labels` (value -> label, or a list), `reasons` (ready-made
texts to start from), `readOnly`.
"""

from workflows.errors import FieldError as ErrorDetail

from .form import Problem, SchemaForm
from .hints import initial_values, ui_hints
from .shapes import Field
from .verdict import Verdict, VerdictChoice, verdict_of, verdict_value

__all__ = [
    "ErrorDetail",
    "Field",
    "Problem",
    "SchemaForm",
    "Verdict",
    "VerdictChoice",
    "initial_values",
    "ui_hints",
    "verdict_of",
    "verdict_value",
]
