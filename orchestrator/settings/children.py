"""The environment that processes of a stack get: this one's, without what would split the system silently."""

import os
from collections.abc import Mapping

_SPLITTING = (
    "BROKER_URL",
    "CELERY_BROKER",
    "CELERY_BROKER_READ_URL",
    "CELERY_BROKER_WRITE_URL",
    "CELERY_CONFIG_MODULE",
    "CELERY_RESULT_BACKEND",
    "PYTHONHOME",
)
"""Celery obeys these in a worker's process and not in a sender's, or lets them replace the ledger."""


def child_environment(**given: str) -> Mapping[str, str]:
    """Return the environment for a child process; what is given wins. It may hold passwords: never show it."""
    kept = {name: value for name, value in os.environ.items() if name not in _SPLITTING}
    return {**kept, "PYTHONUNBUFFERED": "1", **given}
