"""Looks at an OSV service on loopback, one after the other, and a store that does as they say."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue
from unit.sources.http.answering import Answering, Shelf
from unit.sources.osv.osv_service import Osv

from agents.contract import Evidence, TargetKind
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.http.site import Site
from agents.sources.look import Look
from agents.sources.osv.api import read_known

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


def uses(package: str, version: str = "1.0", **more: JsonValue) -> Evidence:
    """Return a dependency as a manifest states it."""
    data: Mapping[str, JsonValue] = {"ecosystem": "PyPI", "name": package, "version": version, "pinned": bool(version)}
    key = f"PyPI/{package}@{version}#requirements.txt"
    return Evidence(target="sbom:/srv/lock", source="manifest", kind="dependency", key=key, data={**data, **more})


@dataclass
class World:
    """A service, and looks at it one after the other, each of which begins where the last one ended."""

    osv: Osv
    there: Answering
    look_at: Callable[..., Look]
    shelf: Shelf = field(default_factory=Shelf)
    cursor: JsonValue = None
    stored: dict[str, Evidence] = field(default_factory=dict)
    """What a store holds that does as reports say."""

    def look(self, *dependencies: Evidence, stop: threading.Event | None = None) -> Collected:
        """Look once, and keep what comes of it."""
        self.there.heard.clear()
        cursors = {} if self.cursor is None else {"osv": self.cursor}
        look = self.look_at("/srv/lock", kind=TargetKind.SBOM, cursors=cursors, stop=stop)
        signal = stop or threading.Event()
        with Http(stop=signal, sites=[Site("osv", self.there.url)], shelf=self.shelf, now=lambda: NOW) as http:
            found = read_known(http, look, dependencies)
        self.cursor = found.cursor
        if found.replaces:
            self.stored.clear()
        self.stored |= {one.key: one for one in found.evidence}
        return found

    @property
    def read(self) -> list[str]:
        """The ids of the records that the last look asked for."""
        return [path.removeprefix("/v1/vulns/") for path in self.there.paths if path.startswith("/v1/vulns/")]
