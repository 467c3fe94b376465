"""Answers that may still be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from approvals import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    # SQLite rebuilds the table and stumbles over triggers that name it.
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0006_reveal_secret'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop, install),
        migrations.AddField(
            model_name='approval',
            name='release_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='approval',
            name='undo_window',
            field=models.FloatField(default=0),
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reservation', serialize=False, to='approvals.approval')),
                ('verdict', models.CharField(max_length=200)),
                ('vote', models.TextField()),
                ('changes', models.TextField(default='{}')),
                ('at', models.DateTimeField()),
                ('release_at', models.DateTimeField()),
                ('token_id', models.CharField(blank=True, default='', max_length=128)),
                ('address', models.CharField(blank=True, default='', max_length=64)),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.RunPython(install, drop),
    ]
