"""Claims, changes, comments, delegations, separation of duties, edited proposals."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from approvals import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    # SQLite rebuilds the tables and stumbles over triggers that name them.
    triggers.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0002_append_only'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('workflows', '0002_schedules_and_snapshots'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop, install),
        migrations.CreateModel(
            name='ApprovalComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('comment', 'Comment'), ('changes-requested', 'Changes'), ('resubmitted', 'Answer'), ('reason', 'Reason')], default='comment', max_length=20)),
                ('text', models.TextField()),
                ('patch', models.TextField(default='[]')),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ApprovalExclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step_path', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('workflow', models.CharField(blank=True, default='', help_text='Leave empty for every workflow.', max_length=200, verbose_name='workflow')),
                ('created_at', models.DateTimeField(editable=False)),
            ],
            options={
                'ordering': ['-ends_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ServiceAccount',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='service_account', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='account')),
            ],
        ),
        migrations.AlterModelOptions(
            name='approval',
            options={'permissions': [('assign_approval', 'Can assign and release any approval')]},
        ),
        migrations.AddField(
            model_name='approval',
            name='claimed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='approval',
            name='claimed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='approval',
            name='editable',
            field=models.TextField(default='[]'),
        ),
        migrations.AddField(
            model_name='approval',
            name='exclude_deciders_of',
            field=models.TextField(default='[]'),
        ),
        migrations.AddField(
            model_name='approval',
            name='proposal',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='approval',
            name='sent_back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='decision',
            name='patch',
            field=models.TextField(blank=True, default='[]'),
        ),
        migrations.AddField(
            model_name='decision',
            name='proposal',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='decision',
            name='shown',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claimed_at__isnull', True), ('claimed_by__isnull', True)), models.Q(('claimed_at__isnull', False), ('claimed_by__isnull', False)), _connector='OR'), name='claim_has_time'),
        ),
        migrations.AddField(
            model_name='approvalcomment',
            name='approval',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='approvalcomment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='approvalexclusion',
            name='approval',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='exclusions', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='approvalexclusion',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delegation',
            name='created_by',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delegation',
            name='delegate',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who stands in'),
        ),
        migrations.AddField(
            model_name='delegation',
            name='delegator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to=settings.AUTH_USER_MODEL, verbose_name='who is away'),
        ),
        migrations.AddField(
            model_name='serviceaccount',
            name='owner',
            field=models.ForeignKey(help_text='The person who may not decide what this account started.', on_delete=django.db.models.deletion.PROTECT, related_name='service_accounts', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddConstraint(
            model_name='approvalexclusion',
            constraint=models.UniqueConstraint(fields=('approval', 'user'), name='excluded_once'),
        ),
        migrations.AddIndex(
            model_name='delegation',
            index=models.Index(fields=['delegate', 'ends_at'], name='delegation_of_delegate'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gte', models.F('starts_at'))), name='delegation_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('delegator', models.F('delegate')), _negated=True), name='delegation_to_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='serviceaccount',
            constraint=models.CheckConstraint(condition=models.Q(('user', models.F('owner')), _negated=True), name='service_account_has_an_owner'),
        ),
        migrations.RunPython(install, drop),
    ]
