"""Waits until a server answers, or says why it does not."""

from collections.abc import Callable
from pathlib import Path

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from orchestrator.errors import ServiceError
from orchestrator.local.child import Child
from orchestrator.local.trouble import server_trouble

READY_SECONDS = 120.0
"""Recovery after a crash may read much of the log again."""
POLL_SECONDS = 0.01


def wait_until_ready(
    child: Child, *, name: str, data: Path, ready: Callable[[], bool], seconds: float = READY_SECONDS
) -> None:
    """Return when ``ready`` does. Raises ``ServiceError`` with its last words where it ended or takes longer."""

    def probe() -> bool:
        code = child.exit_code()
        if code is not None:
            raise ServiceError(last_report(child, name=name, data=data, what=f"ended with code {code}"))
        return ready()

    attempts = Retrying(
        retry=retry_if_result(lambda answer: not answer), wait=wait_fixed(POLL_SECONDS), stop=stop_after_delay(seconds)
    )
    try:
        attempts(probe)
    except RetryError as error:
        what = f"was not ready after {seconds:g} s"
        raise ServiceError(last_report(child, name=name, data=data, what=what)) from error


def last_report(child: Child, *, name: str, data: Path, what: str) -> str:
    """Return what happened to a server, in its own last words, and the remedy."""
    words = child.last_words()
    return f"{name} {what} (log: {child.command.log}):\n{words}\n{server_trouble(words, path=data)}"
