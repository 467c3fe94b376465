"""What a key loses when another index begins with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class DropSpareIndex(migrations.AlterField):
    """A foreign key that gets ``db_index=False``.

    Only its index is dropped. Django would make the table anew on SQLite, and with it
    lose the triggers that keep rows from being changed.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column  # type: ignore[union-attr]
        database = schema_editor.connection
        with database.cursor() as cursor:
            found = database.introspection.get_constraints(
                cursor, model._meta.db_table
            )
        for name, each in found.items():
            if each["index"] and not each["unique"] and each["columns"] == [column]:
                schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        editor: Any = schema_editor
        for statement in editor._field_indexes_sql(
            model, model._meta.get_field(self.name)
        ):
            schema_editor.execute(statement)
