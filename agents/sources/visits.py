"""Readers of outside services by what they read. Each is imported once it is needed: they bring an HTTP client."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from agents.sources.collected import Collected
from agents.sources.look import Look

if TYPE_CHECKING:
    from agents.contract import Evidence
    from agents.sources.http.client import Http

Visit = Callable[["Http", Look], tuple[Collected, ...]]
GITHUB, FEED, INDEX, OSV = "github", "feed", "index", "osv"
"""The sources' names in coverage."""


def github(http: "Http", look: Look) -> tuple[Collected, ...]:
    """Return what is new of a repository on GitHub."""
    from agents.sources.github.collecting import read_github  # noqa: PLC0415  as said

    return read_github(http, look)


def feed(http: "Http", look: Look) -> tuple[Collected, ...]:
    """Return what is new of a feed."""
    from agents.sources.feeds.reading import read_feed  # noqa: PLC0415

    return read_feed(http, look)


def package(http: "Http", look: Look) -> tuple[Collected, ...]:
    """Return a package's versions, as its index has them."""
    from agents.sources.packages.reading import read_package  # noqa: PLC0415

    return read_package(http, look)


def known(http: "Http", look: Look, *, dependencies: Iterable["Evidence"]) -> tuple[Collected, ...]:
    """Return what the OSV service knows of a target's dependencies."""
    from agents.sources.osv.api import read_known  # noqa: PLC0415

    return (read_known(http, look, dependencies),)


def exploited(http: "Http", look: Look) -> tuple[Collected, ...]:
    """Return the flaws that are known to be exploited."""
    from agents.sources.kev.catalogue import read_exploited  # noqa: PLC0415

    return (read_exploited(http, look),)
