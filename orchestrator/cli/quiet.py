"""Logs of a command: a person asked for its result, so only what is wrong is logged, unless they chose a level."""

import sys
from io import TextIOBase
from typing import TextIO, cast

from orchestrator.settings import Settings
from orchestrator.telemetry import configure_logging


class _StandardError(TextIOBase):
    """Standard error as it is at each write: while a live tree is shown, that is a proxy which writes above it."""

    def write(self, text: str, /) -> int:
        """Write the text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Hand on what was written."""
        sys.stderr.flush()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return sys.stderr.isatty()


def log_quietly(settings: Settings) -> None:
    """Log warnings and worse to standard error; more where the settings say so."""
    chosen = "log_level" in settings.origins
    quiet = settings if chosen else settings.model_copy(update={"log_level": "WARNING"})
    configure_logging(quiet, stream=cast("TextIO", _StandardError()))
