"""What a search finds an approval by, for those already open or closed as well."""

import json

import django.db.models.deletion
from django.db import migrations, models

from approvals import searching

PART = 500


def write_texts(apps, schema_editor):
    SearchText = apps.get_model("approvals", "SearchText")
    Approval = apps.get_model("approvals", "Approval")
    approvals = Approval.objects.select_related("suspension").order_by("pk")
    part = []
    for approval in approvals.iterator(chunk_size=PART):
        text = searching.search_text(
            title=approval.title,
            facts=json.loads(approval.summary),
            workflow=approval.workflow,
            step_path=approval.step_path,
            run_id=approval.run_id,
            payload=json.loads(approval.suspension.payload),
        )
        part.append(SearchText(approval_id=approval.pk, text=text))
        if len(part) == PART:
            SearchText.objects.bulk_create(part)
            part = []
    SearchText.objects.bulk_create(part)


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_rules")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "approval",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="approvals.approval",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(write_texts, migrations.RunPython.noop),
    ]
