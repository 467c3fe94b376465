"""A comment may be a question to one colleague."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from approvals import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    # SQLite may rebuild the table and stumbles over triggers that name it.
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0012_snooze'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop, install),
        migrations.AddField(
            model_name='approvalcomment',
            name='addressee',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='approvalcomment',
            name='kind',
            field=models.CharField(choices=[('comment', 'Comment'), ('changes-requested', 'Changes'), ('resubmitted', 'Answer'), ('reason', 'Reason'), ('colleague-asked', 'Question')], default='comment', max_length=20),
        ),
        migrations.RunPython(install, drop),
    ]
