"""Logs: one format for our lines and everybody else's, and one place where secrets are taken out of them.

Celery takes over the root logger unless ``configure_logging`` is connected to its ``setup_logging`` signal.
"""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from orchestrator.redaction import Redactor
from orchestrator.settings import Settings
from orchestrator.settings.secrets import words_of

_LINES_KEPT = frozenset({"exception", "stack"})
"""Entries that are several lines by nature; everywhere else a line break would let a stranger forge a line."""


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and the libraries', to one stream (stderr), redacted.

    May be called again, with other settings: it replaces what it set before and leaves strangers' own handlers alone.
    """
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_CONTEXT,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redaction(redactor_for(settings)),
                *_rendering(settings, colours=handler.stream.isatty() and not settings.no_color),
            ],
        )
    )
    root = logging.getLogger()
    # A bare handler, such as logging.basicConfig leaves, would write each line a second time, secrets and all.
    for old in [old for old in root.handlers if type(old) in {_Handler, logging.StreamHandler}]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    # It writes whole addresses, with what is asked in them.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_CONTEXT,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def redactor_for(settings: Settings) -> Redactor:
    """Return a redactor that knows every secret of the settings; for whatever is shown without being logged."""
    secrets = [value for _, value in settings if isinstance(value, SecretStr)]
    return Redactor(word for secret in secrets for word in words_of(secret))


class Redaction:
    """The processor that takes secrets out of a whole event: its text, its context, its exception with all causes."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Return the event without secrets, made of plain values only."""
        return {self._redactor.text(str(name)): self._redactor.entry(str(name), value) for name, value in event.items()}


class _Handler(logging.StreamHandler[TextIO]):
    """Our handler. The standard one answers a line that cannot be formatted by printing its arguments unredacted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        with suppress(OSError, ValueError):
            self.stream.write(
                f"a log line of {record.name} at {record.pathname}:{record.lineno} could not be written\n"
            )


_CONTEXT: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def _rendering(settings: Settings, *, colours: bool) -> Sequence[Processor]:
    if settings.log_format == "json":
        return (structlog.processors.JSONRenderer(),)
    plain = structlog.dev.plain_traceback
    return _visible, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)


def _visible(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what a terminal would obey instead of show: collected text may hold anything."""
    return {name: _escaped(value, kept="\n" if name in _LINES_KEPT else "") for name, value in event.items()}


def _escaped(value: object, *, kept: str) -> object:
    if not isinstance(value, str):
        return value
    shown = (letter if letter.isprintable() or letter in kept else ascii(letter)[1:-1] for letter in value)
    return "".join(shown)
