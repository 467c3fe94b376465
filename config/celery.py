"""The Celery app: ``celery -A config worker`` executes runs; ``-Q`` names queues."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("countersign", config_source="django.conf:settings", namespace="CELERY")
# By name, because the models it uses can't be imported yet.
app.steps["worker"].add("workflows.jobs:Executor")
