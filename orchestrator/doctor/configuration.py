"""What was said to us: the settings file, the environment, and what Celery makes of both."""

from collections.abc import Generator, Iterator, Mapping

from celery import Celery
from kombu.connection import Connection

from orchestrator.doctor.check import Check, failed, ok, warning
from orchestrator.errors import ConfigurationError
from orchestrator.settings import Settings, UnknownVariable, unknown_environment
from orchestrator.settings.children import stray_variables

_ONLY = ["json"]


def check_settings(settings: Settings) -> Iterator[Check]:
    """Yield which settings file counts, and which variables nobody reads or everybody would read differently."""
    chosen = len([name for name in settings.origins if name != "config"])
    place = f"file {settings.config}" if settings.config else "no settings file"
    yield ok("settings", f"{place}; {chosen} settings are not the default's")
    yield variables_check(unknown_environment())
    yield stray_check(stray_variables())


def variables_check(unknown: list[UnknownVariable]) -> Check:
    """Return whether a variable with our prefix means nothing."""
    if not unknown:
        return ok("variables", "every LOOKOUT_ variable is a setting")
    hints = [f"{each.name} (did you mean {each.meant}?)" if each.meant else each.name for each in unknown]
    return warning("variables", f"no setting goes by {', '.join(hints)}", remedy="correct the names, or unset them")


def stray_check(stray: Mapping[str, str]) -> Check:
    """Return whether a variable is set that Celery obeys behind our back."""
    if not stray:
        return ok("celery's variables", "none is set that would split the system")
    harms = "; ".join(f"{name}: {harm}" for name, harm in stray.items())
    remedy = f"unset {' '.join(stray)}; CELERY_BROKER_URL alone names the broker"
    return failed("celery's variables", harms, remedy=remedy)


def check_app() -> Generator[Check, None, Celery | None]:
    """Yield whether Celery is configured by us, and whether both of its sides mean the same broker; return the app."""
    try:
        from orchestrator.celery import app  # noqa: PLC0415  settings must be final before it is imported
    except ConfigurationError as error:
        yield failed("celery", str(error), remedy="mend what it names, then ask again")
        return None
    yield ok("celery", "configured by the celeryconfig beside our package; the ledger holds its results")
    yield from app_checks(app)
    return app


def app_checks(app: Celery) -> Iterator[Check]:
    """Yield how an app is configured."""
    yield content_check(app)
    yield sides_check(app.connection_for_read(), app.connection_for_write())


def content_check(app: Celery) -> Check:
    """Return whether messages are JSON and nothing else: unpickling a stranger's message runs it."""
    accepted = sorted({*app.conf.accept_content, *(app.conf.result_accept_content or ())})
    if accepted == _ONLY:
        return ok("message content", "json alone")
    return failed("message content", ", ".join(accepted), remedy="set accept_content to ['json'] in celeryconfig.py")


def sides_check(read: Connection, write: Connection) -> Check:
    """Return whether workers read from the broker that senders write to; no password is shown."""
    reads, writes = read.as_uri(), write.as_uri()
    if reads == writes:
        return ok("broker address", f"{reads}, for senders and workers alike")
    return failed(
        "broker address",
        f"workers read from {reads}, senders write to {writes}",
        remedy="unset CELERY_BROKER_READ_URL and CELERY_BROKER_WRITE_URL; CELERY_BROKER_URL names both",
    )
