"""What every write has to keep up: no index that another one serves as well."""

from itertools import chain

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Index, Model, UniqueConstraint

from workflows.models import Run

OURS = ("workflows", "workflows_rest", "approvals", "notifications")
MODELS = [each for label in OURS for each in apps.get_app_config(label).get_models()]
EVERY_APPEND = {"head", "updated_at"}  # changes these columns of its run


def beginnings(model: type[Model]) -> set[str]:
    """The fields that a whole index of the model begins with."""
    whole = chain(model._meta.indexes, model._meta.constraints)
    return {
        each.fields[0].removeprefix("-")
        for each in whole
        if isinstance(each, Index | UniqueConstraint)
        and each.fields
        and each.condition is None
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_key_has_an_index_of_its_own_beside_one_that_begins_with_it(
    model: type[Model],
) -> None:
    begun = beginnings(model)
    own = {
        field.name
        for field in model._meta.concrete_fields
        if getattr(field, "db_index", False) and not field.unique
    }
    assert not own & begun


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_database_does_without_them_too(model: type[Model]) -> None:
    bare = {
        (field.column,)
        for field in model._meta.concrete_fields
        if field.is_relation and not getattr(field, "db_index", False)
    }
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    indexed = {
        tuple(each["columns"])
        for each in found.values()
        if each["index"] and not each["unique"]
    }
    assert not bare & indexed


@pytest.mark.parametrize("index", Run._meta.indexes, ids=lambda index: index.name)
def test_an_append_to_a_run_moves_no_index(index: Index) -> None:
    """With one that names them PostgreSQL writes the row anew in all ten."""
    named = {name.removeprefix("-") for name in index.fields}
    if index.condition is not None:
        named |= index.condition.referenced_base_fields
    assert not named & EVERY_APPEND
