"""What runs: Python, the packages, and as whom."""

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from orchestrator.doctor.check import Check, failed, ok, warning

OLDEST_PYTHON = (3, 11)
DISTRIBUTION = "lookout"
_SHOWN = ("celery", "kombu", "redis", "sqlalchemy", "psycopg", "flower")


def check_installation() -> Iterator[Check]:
    """Yield how Python, the packages and the account are."""
    yield python_check(sys.version_info[:2])
    yield packages_check(requires(DISTRIBUTION) or ())
    yield account_check(os.geteuid())


def python_check(found: tuple[int, ...]) -> Check:
    """Return whether this Python is new enough."""
    seen = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    if found >= OLDEST_PYTHON:
        return ok("python", seen)
    return failed("python", seen, remedy=f"install Lookout with Python {'.'.join(map(str, OLDEST_PYTHON))} or newer")


def packages_check(required: Iterable[str]) -> Check:
    """Return whether the packages that are required are there, in the versions that were asked for."""
    faults = [fault for fault in map(_fault, map(Requirement, required)) if fault]
    if faults:
        return failed("packages", "; ".join(faults), remedy="install again: `make demo`, or pip install lookout")
    versions = ", ".join(f"{name} {version(name)}" for name in _SHOWN)
    return ok("packages", f"{DISTRIBUTION} {version(DISTRIBUTION)}; {versions}")


def account_check(uid: int) -> Check:
    """Return as whom workers would run."""
    if uid != 0:
        return ok("account", f"user {uid}")
    return warning(
        "account",
        "root: the embedded servers run as another user, but workers stay root, and they read strangers' repositories",
        remedy="start Lookout as an ordinary user, or by docker-compose.yml, which never runs a worker as root",
    )


def _fault(requirement: Requirement) -> str:
    """Return what is wrong with a required package; empty where nothing is, or where it is not meant for here."""
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return ""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is missing"
    if requirement.specifier.contains(found, prereleases=True):
        return ""
    return f"{requirement.name} is {found}, but {requirement.specifier} is needed"
