"""The environment that processes of ours get: this one's, without what would split the system silently."""

import os
from collections.abc import Mapping
from pathlib import Path

from orchestrator.settings.environment import variables
from orchestrator.settings.schema import Settings

SPLITTING = {
    "BROKER_URL": "a worker's command line obeys it, a sender does not",
    "CELERY_BROKER": "a worker's command line obeys it, a sender does not",
    "CELERY_BROKER_READ_URL": "workers would read from one broker while senders write to another",
    "CELERY_BROKER_WRITE_URL": "senders would write to one broker while workers read from another",
    "CELERY_CONFIG_MODULE": "it replaces our configuration in whatever process reads it",
    "CELERY_RESULT_BACKEND": "it replaces the ledger, which counts chords and answers for results",
}
"""Variables that Celery obeys behind our back, and what each would do."""

_SERVERS = ("database_url", "owner_database_url", "broker_url")


def stray_variables() -> dict[str, str]:
    """Return the variables of this process that would split the system, each with what it would do."""
    return {name: harm for name, harm in SPLITTING.items() if os.environ.get(name)}


def child_environment(**given: str) -> Mapping[str, str]:
    """Return the environment for a child process; what is given wins. It may hold passwords: never show it."""
    return {**_harmless(), "PYTHONUNBUFFERED": "1", **given}


def stack_environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment for a process of the stack.

    The home and the settings file are named outright: a child stands in another folder, where it would find others.
    """
    named = {"LOOKOUT_HOME": str(settings.home)}
    if settings.config is not None:
        named["LOOKOUT_CONFIG"] = str(settings.config)
    return child_environment(**named)


def private_environment(*, home: Path, config: Path) -> Mapping[str, str]:
    """Return the environment for a stack with servers of its own in a private home, whatever servers ours names."""
    servers = {
        name for setting in _SERVERS for variable in variables(setting) for name in (variable, f"{variable}_FILE")
    }
    given = child_environment(LOOKOUT_HOME=str(home), LOOKOUT_CONFIG=str(config))
    return {name: value for name, value in given.items() if name not in servers}


def _harmless() -> dict[str, str]:
    """Return the variables that may be passed on. PYTHONHOME would give the child another Python's library."""
    return {name: value for name, value in os.environ.items() if name not in {*SPLITTING, "PYTHONHOME"}}
