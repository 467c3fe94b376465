"""What is to happen with an open approval, and when the worker looks next."""

from django.db import migrations, models

from approvals import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    # SQLite rebuilds the table and stumbles over triggers that name it.
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0004_search_text'),
    ]

    operations = [
        migrations.RunPython(drop, install),
        migrations.AddField(
            model_name='approval',
            name='on_due',
            field=models.CharField(choices=[('nothing', 'Nothing'), ('escalate', 'Escalate'), ('approve', 'Approve'), ('reject', 'Reject'), ('cancel', 'Cancel')], default='nothing', max_length=10),
        ),
        migrations.AddField(
            model_name='approval',
            name='timer_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='approval',
            name='timetable',
            field=models.TextField(default='[]'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('status', 'open'), ('timer_at__isnull', False)), fields=['timer_at'], name='approval_timer'),
        ),
        migrations.RunPython(install, drop),
    ]
