"""The one settings module. What differs between machines comes through `env`."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import django_stubs_ext
from django.utils.translation import gettext_lazy as _

from config import env, logs

# Lets annotations such as ModelAdmin[Run] stand in code that runs.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.directory("DATA_DIR", BASE_DIR / "data")

# --- Security ----------------------------------------------------------------

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY", generate_in=DATA_DIR)
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

# A proxy in front ends TLS and sets X-Forwarded-Proto, always overwriting it.
BEHIND_TLS = env.boolean("BEHIND_TLS", False)
# How many proxies add an entry to X-Forwarded-For; with 0 the header is not believed.
PROXY_COUNT = env.integer("PROXY_COUNT", 0)

if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

# Pages need nothing from elsewhere and nothing inline.
PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
API_CSP = "default-src 'none'; frame-ancestors 'none'"

MAX_REQUEST_BYTES = 1_048_576  # of a body, however it is sent
MAX_UPLOAD_BYTES = 10_485_760  # of a form with its files
MAX_FRAME_BYTES = 16_384  # of a socket message
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_REQUEST_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- Applications ------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",  # before staticfiles, so that runserver speaks ASGI
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.apps.CollectedFiles",
    "config.apps.SiteConfig",
    "config.apps.SignInAttempts",  # axes
    "channels",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.apps.Tokens",  # knox
    "rest_framework",
    "workflows",
    "workflows.rest",
    "approvals",
    "approvals.notifications",
    "approvals.rest",
    "examples.expenses",
    "examples.access_requests",
    "examples.kitchen_sink",
    "examples.office",
    "examples.refund_agent",
    "examples.demo",
]

# Static files come from the outermost layers. The innermost middleware is sync, so
# Django runs the whole chain in one thread instead of changing over at every layer.
MIDDLEWARE = [
    "config.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "config.static.StaticFiles",
    "config.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "approvals.zones.ReaderZone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.SignInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.middleware.RequestLimits",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_LOADERS: list[Any] = [
    (
        "django.template.loaders.cached.Loader",
        [
            "django.template.loaders.filesystem.Loader",
            "django.template.loaders.app_directories.Loader",
        ],
    )
]
_BUILTINS: list[str] = []
if django.VERSION < (6,):  # template partials are built in from 6.0 on
    INSTALLED_APPS.append("template_partials.apps.SimpleAppConfig")
    _LOADERS = [("template_partials.loader.Loader", _LOADERS)]
    _BUILTINS = ["template_partials.templatetags.partials"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "examples.demo.banner.demo_data",
            ],
            "loaders": _LOADERS,
            "builtins": _BUILTINS,
        },
    }
]

# --- Signing in --------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "config.backends.StoredPermissions",
]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = PROXY_COUNT or None
AXES_IPWARE_META_PRECEDENCE_ORDER = [
    "HTTP_X_FORWARDED_FOR" if PROXY_COUNT else "REMOTE_ADDR"
]

# --- Database ----------------------------------------------------------------

WORKER_THREADS = env.integer("STEP_THREADS", 8, least=1)

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", DATA_DIR / "db.sqlite3")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"] |= {
        "ATOMIC_REQUESTS": False,  # with IMMEDIATE, every GET would take the lock
        "CONN_MAX_AGE": 600,  # opening one costs more than most requests' statements
        "OPTIONS": {
            "timeout": 20,  # the lock is not fair: 5 s is too short under load
            "transaction_mode": "IMMEDIATE",  # writers queue up instead of failing
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=FULL;"  # a decision survives a power cut
                "PRAGMA mmap_size=134217728;"
                "PRAGMA cache_size=-20000;"
                "PRAGMA journal_size_limit=67108864;"
                "PRAGMA temp_store=MEMORY;"
            ),
        },
        # A file: the browser tests run the server in another process.
        "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
    }
else:
    DATABASES["default"] |= {
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0,
        # The pool tries what it lends: a database that came back fails nobody.
        "CONN_HEALTH_CHECKS": True,
    }
    # Of the engine's statements, which bind on the server; the ORM's are not prepared.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 2,
        "max_size": WORKER_THREADS + 8,  # every step thread and the web beside them
        "timeout": 10,
    }

# A server or worker that could not keep the product's promises is not started.
CHECK_ON_START = True

# --- Several processes -------------------------------------------------------

REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
if REDIS_URL:
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # Longer than the 5 s that the layer waits for a message: redis-py's own 5 s for
        # each read end a quiet socket with an error.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 10}]},
    }

# Jobs say "look at run X"; leases and the database recover what a broker loses.
WORKFLOW_QUEUES = env.mapping("QUEUES")
USES_CELERY = env.celery("CELERY", REDIS_URL, database=DATABASES["default"])
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_IMPORTS = ["workflows.jobs"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {  # what a worker without -Q serves
    name: {} for name in ("default", *WORKFLOW_QUEUES.values())
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_POOL = "threads"  # of jobs, which return at once; runs share one loop
CELERY_WORKER_CONCURRENCY = 2
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- The product -------------------------------------------------------------

WORKFLOWS: dict[str, Any] = {
    # Execute runs in the web server's own process. Off as soon as there is a Redis,
    # because then workers do it.
    "EMBEDDED_WORKER": env.boolean("EMBEDDED_WORKER", not REDIS_URL),
    "CELERY": USES_CELERY,  # tell the workers of a due run by a job
    "QUEUES": WORKFLOW_QUEUES,  # of workflows with machines of their own
    "LEASE": env.integer("LEASE", 30, least=1),  # s an executor owns a run unrenewed
    "HEARTBEAT": 10,  # s between two renewals
    "STEP_THREADS": WORKER_THREADS,  # sync steps that run at the same time
    "CONCURRENCY": 100,  # runs that one worker executes at the same time
    "IDLE_POLL": 0.5,  # s between an idle worker's looks at the database
    "WATCH": 1,  # s between looks at what other processes did to the own runs
    "INLINE_SLEEP": 5,  # s of sleep that start(wait=True) sits out
    "CHUNK_DELAY": 0.1,  # s that chunks of ctx.write are gathered
    "TRANSACTION_TIMEOUT": 10,  # s a step with transaction=True may take
    "CANCEL_GRACE": 5,  # s a step gets to notice that its run was canceled
    "MAX_RECOVERIES": 5,  # in a row without a new result, then the run is parked
    "MAX_PAYLOAD_BYTES": 262_144,  # of one input, output, answer or state
    "MAX_DEPTH": 32,  # of nesting in a payload
    "MAX_VALUES": 10_000,  # in a payload
    "IDEMPOTENCY_DAYS": 7,  # that the answer to an Idempotency-Key is kept
    "RETENTION": None,  # days that finished runs are kept; None keeps them for ever
}
APPROVALS: dict[str, Any] = {
    # Counted by policies with working_time=True, e.g. {"weekdays": ("mon", "tue"),
    # "hours": ("09:00", "17:00"), "zone": "Europe/Berlin", "holidays": ()}.
    "WORKING_HOURS": None,
    "SITE_URL": env.url("SITE_URL", schemes=("http", "https"))
    or "http://127.0.0.1:8000",  # what links in mails begin with
    "SEND_MAILS": bool(env.text("EMAIL_URL")),  # else they are only kept
    "KEEP_MAILS": not env.text("EMAIL_URL"),  # for the page /outbox/
    "WEBHOOK_HOSTS": tuple(env.items("WEBHOOK_HOSTS")),  # none: no webhooks
    "WEBHOOK_LOCAL_RECEIVERS": (),  # origins exempt from the guard, for tests only
    "LINK_HOURS": 24,  # that a link to the login works
    "DECIDING_LINK_MINUTES": 10,  # that a link works which decides without a login
    "DIGEST_HOUR": 7,  # when daily mails go out, in the reader's zone
}

# --- REST --------------------------------------------------------------------

REST_FRAMEWORK = {
    # The first one names the scheme in a 401, so tokens come before sessions.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "workflows.rest.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "workflows.rest.problems.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": PROXY_COUNT,
}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Token",
    "TOKEN_TTL": timedelta(days=90),
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign",
    "DESCRIPTION": "Durable workflows that wait for people.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": None,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "workflows.rest.openapi.add_workflow_operations",
    ],
}

# --- Language, time, static files, mail, logs ---------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
MEDIA_ROOT = env.directory("MEDIA_ROOT", DATA_DIR / "media")
FILE_UPLOAD_PERMISSIONS = 0o600
USE_I18N = True
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATIC_ROOT = env.directory("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
# A deployment may run `python -m whitenoise.compress staticfiles` after collectstatic;
# the compressed files are then preferred. For everybody else that is 8 s for nothing.
_STATIC_STORAGE = "StaticFilesStorage" if DEBUG else "ManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{_STATIC_STORAGE}"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Without a server, mails of workflows are printed: the demo's customers are not real.
MAIL_SERVER = env.mail_server("EMAIL_URL")
_BACKEND = "smtp" if MAIL_SERVER else "console"
_BACKEND = f"django.core.mail.backends.{_BACKEND}.EmailBackend"
if django.VERSION < (6, 1):
    EMAIL_BACKEND = _BACKEND
    _SMTP: dict[str, Any] = MAIL_SERVER or {}
    EMAIL_HOST = _SMTP.get("host", "localhost")
    EMAIL_PORT = _SMTP.get("port", 25)
    EMAIL_HOST_USER = _SMTP.get("username", "")
    EMAIL_HOST_PASSWORD = _SMTP.get("password", "")
    EMAIL_USE_SSL = _SMTP.get("use_ssl", False)
    EMAIL_USE_TLS = _SMTP.get("use_tls", False)
    EMAIL_TIMEOUT = _SMTP.get("timeout")
else:
    MAILERS = {"default": {"BACKEND": _BACKEND, "OPTIONS": MAIL_SERVER or {}}}
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Countersign <countersign@localhost>")

DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logs.DEBUG
LOGGING = logs.configure(
    level=env.choice(
        "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO"
    ),
    style=env.choice("LOG_FORMAT", ("json", "console"), default="json"),
)
