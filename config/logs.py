"""Logs carry ids, never payloads.

An exception's message often quotes the value that caused it, so a traceback is
written as places and class names; only errors of the surroundings keep their words.
"""

import logging
import re
import traceback
from types import TracebackType
from typing import Any, TypeAlias

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError
from structlog.typing import EventDict, Processor, WrappedLogger

DEBUG = logging.DEBUG
TOKEN = re.compile(r"(?<=/d/)[^\s\"'<>]+")  # of a link out of a mail
WORDS_ARE_SAFE = (OSError, ImproperlyConfigured, OperationalError, InterfaceError)
ExcInfo: TypeAlias = tuple[
    type[BaseException] | None, BaseException | None, TracebackType | None
]


def configure(*, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING; one line per event on stderr, the same for every library."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
        hide_tokens,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(
            exception_formatter=structlog.dev.plain_traceback
        )
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
                "processors": [
                    drop_objects,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines"}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Replaces Django's own handlers, which would mail and print a second time.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # The request log already has a line for every answer.
            "django.request": {"level": "ERROR"},
            "daphne": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
        },
    }


def describe_exception(
    _logger: WrappedLogger, _name: str, event: EventDict
) -> EventDict:
    """Turn `exc_info` into class names and places in the code."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = "\n".join(_described(error))
    return event


def hide_tokens(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out what would let a reader of the log decide for somebody else."""
    for key, value in event.items():
        if isinstance(value, str) and "/d/" in value:
            event[key] = without_tokens(value)
    return event


def without_tokens(text: str) -> str:
    """The text with every token of a link left out."""
    return TOKEN.sub("…", text)


def drop_objects(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out requests and whatever else is not a plain value."""
    plain = (str, int, float, bool, type(None))
    for key in [key for key in event if not key.startswith("_")]:
        if not isinstance(event[key], plain):
            del event[key]
    return event


def _error_of(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case _:
            return None


def _described(error: BaseException) -> list[str]:
    lines = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        words = f": {cause}" if isinstance(cause, WORDS_ARE_SAFE) else ""
        lines.append(f"{type(cause).__qualname__}{words}")
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    return lines
