"""Settings: the one place that reads the environment and lookout.toml, and says where each value came from."""

import os
from functools import cache
from typing import Any

from orchestrator.settings.environment import UnknownVariable, unknown_variables
from orchestrator.settings.provenance import SettingRow, provenance
from orchestrator.settings.schema import PLAIN, SECRET, Settings

__all__ = [
    "SettingRow",
    "Settings",
    "UnknownVariable",
    "get_settings",
    "load_settings",
    "provenance",
    "unknown_environment",
]


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 - each is checked against its field
    """Return the settings as they stand now; what is given here wins. Raises ``SettingsError``."""
    return Settings(**given)


@cache
def get_settings() -> Settings:
    """Return this process's settings, read once. Tests forget them with ``get_settings.cache_clear()``."""
    return load_settings()


def unknown_environment() -> list[UnknownVariable]:
    """Return the ``LOOKOUT_`` variables of this process that no setting goes by: typing errors, most likely."""
    return unknown_variables(os.environ, plain=PLAIN, secret=SECRET)
