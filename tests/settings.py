"""The product's settings for tests: quick, and away from the developer's own data.

SQLite by default; TEST_DATABASE=postgresql takes the server of TEST_POSTGRES_URL.
Nothing else of the caller's environment reaches the settings.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests import services

if "COUNTERSIGN_TEST_DIR" not in os.environ:
    # Set once, so that test workers and servers started by tests share it.
    os.environ["COUNTERSIGN_TEST_DIR"] = tempfile.mkdtemp(prefix="countersign-test-")
    atexit.register(
        shutil.rmtree, os.environ["COUNTERSIGN_TEST_DIR"], ignore_errors=True
    )
SCRATCH = Path(os.environ["COUNTERSIGN_TEST_DIR"])
ON_POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"

for _name in ("EMAIL_FROM", "EMAIL_URL", "SITE_URL", "WEBHOOK_HOSTS"):
    os.environ.pop(_name, None)
for _name in ("ALLOWED_HOSTS", "BEHIND_TLS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL"):
    os.environ.pop(_name, None)
for _name in ("CELERY", "DEBUG", "LEASE", "PROXY_COUNT"):
    os.environ.pop(_name, None)
for _name in ("QUEUES", "REDIS_URL", "STEP_THREADS"):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = str(SCRATCH)
os.environ["STATIC_ROOT"] = str(SCRATCH / "static")
os.environ["SECRET_KEY"] = "only-for-tests-" + "0123456789" * 4
os.environ["EMBEDDED_WORKER"] = "false"
if ON_POSTGRESQL:
    os.environ["DATABASE_URL"] = services.POSTGRES_URL

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

if ON_POSTGRESQL:
    # A name of its own, so that two suites may use one server at the same time.
    DATABASES["default"]["TEST"] = {"NAME": SCRATCH.name.replace("-", "_")}
    # What one test needed at once is given back soon: servers need connections, too.
    DATABASES["default"]["OPTIONS"]["pool"] |= {"min_size": 1, "max_idle": 2}
else:
    # No test cuts the power in this process; the crash tests run the real settings.
    DATABASES["default"]["OPTIONS"]["init_command"] = DATABASES["default"]["OPTIONS"][
        "init_command"
    ].replace("synchronous=FULL", "synchronous=OFF")

CHECK_ON_START = False  # whoever imports the application has no database yet
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
