"""What must hold before anything is sent or served: our own configuration, our own result backend."""

from pathlib import Path

from celery import Celery
from celery.exceptions import ImproperlyConfigured

from orchestrator.errors import ConfigurationError
from orchestrator.ledger.backend import LedgerBackend

_REMEDY = "unset CELERY_RESULT_BACKEND, without which chords are joined and results answered by Postgres"


def check_configuration(found: Path, *, beside: Path) -> None:
    """Raise ConfigurationError where the ``celeryconfig`` that was imported is not the one beside our package.

    The current directory comes first on the import path, even under ``celery -A``: a stranger's file there would win.
    """
    ours = beside.resolve().parent.parent / "celeryconfig.py"
    if found.resolve() != ours:
        raise ConfigurationError(
            f"celeryconfig was imported from {found}, not from {ours}: start from another folder, "
            "or rename the file that stands in the way"
        )


def check_backend(app: Celery) -> None:
    """Raise ConfigurationError where something replaced the ledger as the result backend."""
    try:
        found = type(app.backend)
    except (ImproperlyConfigured, ImportError, AttributeError) as error:
        raise ConfigurationError(f"the result backend cannot be used ({error}): {_REMEDY}") from error
    if not issubclass(found, LedgerBackend):
        raise ConfigurationError(f"the result backend is {found.__name__}, not the ledger: {_REMEDY}")
