"""Looks at a package index on loopback."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import JsonValue
from support.services import Said
from unit.sources.http.answering import Answering, Asked, Shelf

from agents.contract import Evidence, TargetKind
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.http.site import Site
from agents.sources.http.wire import Limits
from agents.sources.look import Look
from agents.sources.packages.reading import read_package

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@dataclass
class Index:
    """An index that answers one thing, and looks at it one after the other."""

    look_at: Callable[..., Look]
    there: Answering
    said: Callable[[Asked], Said] = lambda _: Said(404)
    shelf: Shelf = field(default_factory=Shelf)
    sites: tuple[str, ...] = ("index:pypi", "index:npm")
    most_bytes: int = 20_000_000
    cursor: JsonValue = None

    def look(self, location: str) -> tuple[Collected, Collected]:
        """Look once at a package; return what its index says, and what it is as a dependency."""
        cursors = {} if self.cursor is None else {"index": self.cursor}
        look = self.look_at(location, kind=TargetKind.PACKAGE, cursors=cursors)
        sites = [Site(name, f"{self.there.url}/mirror") for name in self.sites]
        limits = Limits(bytes=self.most_bytes)
        with Http(stop=threading.Event(), sites=sites, shelf=self.shelf, limits=limits, now=lambda: NOW) as http:
            index, itself = read_package(http, look)
        self.cursor = self.cursor if index.cursor is None else index.cursor
        return index, itself


def versions(found: Collected) -> dict[str, Evidence]:
    """Return the versions that were told."""
    return {one.key: one for one in found.evidence if one.kind == "version"}


def said_of(found: Collected, name: str) -> dict[str, object]:
    """Return one field of all versions."""
    return {key: one.data[name] for key, one in versions(found).items()}
