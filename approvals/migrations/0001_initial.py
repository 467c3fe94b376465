
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('workflows', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('tenant', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('seq', models.PositiveBigIntegerField(default=0)),
                ('hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.CharField(max_length=36, primary_key=True, serialize=False)),
                ('workflow', models.CharField(max_length=200)),
                ('step_path', models.TextField()),
                ('title', models.CharField(max_length=300)),
                ('summary', models.TextField(default='[]')),
                ('status', models.CharField(choices=[('open', 'Open'), ('decided', 'Decided'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired')], default='open', max_length=10)),
                ('version', models.PositiveIntegerField(default=1)),
                ('priority', models.CharField(choices=[('low', 'Low'), ('normal', 'Normal'), ('high', 'High'), ('urgent', 'Urgent')], default='normal', max_length=10)),
                ('priority_rank', models.PositiveSmallIntegerField(default=2)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('exclude_initiator', models.BooleanField(default=True)),
                ('needs_assignment', models.BooleanField(default=False)),
                ('quorum', models.PositiveIntegerField(default=1)),
                ('reject', models.CharField(choices=[('any', 'Any'), ('quorum', 'Quorum')], default='any', max_length=10)),
                ('require_comment_on_reject', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('closed_channel', models.CharField(blank=True, choices=[('page', 'Page'), ('rest', 'Rest'), ('link', 'Link'), ('bulk', 'Bulk'), ('admin', 'Admin'), ('command', 'Command'), ('code', 'Code'), ('timer', 'Timer')], default='', max_length=10)),
                ('outcome', models.CharField(blank=True, default='', max_length=200)),
                ('purged', models.BooleanField(default=False, editable=False)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('initiator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='workflows.run')),
                ('suspension', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='approval', to='workflows.suspension')),
            ],
        ),
        migrations.CreateModel(
            name='ApprovalCandidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('open', models.BooleanField(default=True)),
                ('approval', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='approvals.approval')),
                ('group', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='auth.group')),
                ('user', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AuditRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tenant', models.CharField(max_length=100)),
                ('seq', models.PositiveBigIntegerField()),
                ('at', models.DateTimeField()),
                ('action', models.CharField(max_length=40)),
                ('object_type', models.CharField(max_length=40)),
                ('object_id', models.CharField(max_length=128)),
                ('run_id', models.CharField(blank=True, default='', max_length=128)),
                ('outcome', models.CharField(blank=True, default='', max_length=200)),
                ('before', models.CharField(blank=True, default='', max_length=64)),
                ('after', models.CharField(blank=True, default='', max_length=64)),
                ('version', models.PositiveIntegerField(default=0)),
                ('channel', models.CharField(choices=[('page', 'Page'), ('rest', 'Rest'), ('link', 'Link'), ('bulk', 'Bulk'), ('admin', 'Admin'), ('command', 'Command'), ('code', 'Code'), ('timer', 'Timer')], max_length=10)),
                ('token_id', models.CharField(blank=True, default='', max_length=128)),
                ('address', models.CharField(blank=True, default='', max_length=64)),
                ('prev', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('real_actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['tenant', 'seq'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('verdict', models.CharField(max_length=200)),
                ('rejection', models.BooleanField()),
                ('closing', models.BooleanField()),
                ('answer', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('channel', models.CharField(choices=[('page', 'Page'), ('rest', 'Rest'), ('link', 'Link'), ('bulk', 'Bulk'), ('admin', 'Admin'), ('command', 'Command'), ('code', 'Code'), ('timer', 'Timer')], max_length=10)),
                ('at', models.DateTimeField()),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.approval')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['due_at', 'priority_rank', 'created_at', 'id'], name='approval_inbox'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['-created_at', '-id'], name='approval_list'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(condition=models.Q(('needs_assignment', True), ('status', 'open')), fields=['created_at'], name='approval_unassigned'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'decided', 'withdrawn', 'expired'])), name='approval_status_known'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'open'), ('closed_at__isnull', False), _connector='OR'), name='closed_approval_has_time'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(('quorum__gte', 1)), name='approval_quorum_positive'),
        ),
        migrations.AddIndex(
            model_name='approvalcandidate',
            index=models.Index(fields=['user', 'open', 'approval'], name='candidate_of_user'),
        ),
        migrations.AddIndex(
            model_name='approvalcandidate',
            index=models.Index(fields=['group', 'open', 'approval'], name='candidate_of_group'),
        ),
        migrations.AddConstraint(
            model_name='approvalcandidate',
            constraint=models.CheckConstraint(condition=models.Q(('user__isnull', True), ('group__isnull', True), _connector='XOR'), name='candidate_is_user_or_group'),
        ),
        migrations.AddConstraint(
            model_name='approvalcandidate',
            constraint=models.UniqueConstraint(fields=('approval', 'user'), name='candidate_user_once'),
        ),
        migrations.AddConstraint(
            model_name='approvalcandidate',
            constraint=models.UniqueConstraint(fields=('approval', 'group'), name='candidate_group_once'),
        ),
        migrations.AddIndex(
            model_name='auditrow',
            index=models.Index(fields=['object_id', 'seq'], name='audit_of_object'),
        ),
        migrations.AddIndex(
            model_name='auditrow',
            index=models.Index(fields=['-at'], name='audit_by_time'),
        ),
        migrations.AddConstraint(
            model_name='auditrow',
            constraint=models.UniqueConstraint(fields=('tenant', 'seq'), name='one_audit_row_per_number'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['decided_by', '-at'], name='decision_by_person'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('approval', 'version', 'decided_by'), name='one_vote_per_person'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('closing', True)), fields=('approval',), name='one_closing_decision'),
        ),
    ]
