"""``@case("domain/name")``: the test checks this conformance case."""

import pytest

case = pytest.mark.case
