"""What is wrong with a record that is kept all the same: said in words, so that people can judge and mend it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from packaging.version import InvalidVersion, Version

from agents.sources.osv.shape import Affected, Range
from agents.sources.text import clean_line

MAX_NOTES = 10
_SHOWN = 80
_WHOLE_HASH = re.compile(r"0|[0-9a-f]{40}|[0-9a-f]{64}")
_SEMVER = re.compile(r"0|\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_EVENTS = frozenset({"introduced", "fixed", "last_affected", "limit"})
_OLDEST_YEAR = 1980
_NEWEST_YEAR = 9_998
"""One before the last: a moment on the last day has no equal in every time zone."""


def moment(written: str) -> datetime | None:
    """Return the time in UTC; None where it cannot be read, or lies in a year when there were no advisories."""
    try:
        when = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    if not _OLDEST_YEAR <= when.year <= _NEWEST_YEAR:
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def dirt_of(affected: Affected) -> Iterator[str]:
    """Yield what is wrong with the ranges and versions of an affected package."""
    ecosystem = affected.package.ecosystem if affected.package else ""
    for one in affected.ranges:
        yield from _range_dirt(one, ecosystem=ecosystem)
    if ecosystem == "PyPI":
        yield from (note for version in affected.versions if (note := _pep440(version)))


def _range_dirt(one: Range, *, ecosystem: str) -> Iterator[str]:
    for event in one.events:
        if len(event) != 1 or not event.keys() <= _EVENTS:
            yield f"an event of a range is not one of {', '.join(sorted(_EVENTS))}: {_shown(', '.join(event))}"
        for version in event.values():
            yield from _version_dirt(version, kind=one.type, ecosystem=ecosystem)


def _version_dirt(version: str, *, kind: str, ecosystem: str) -> Iterator[str]:
    if kind == "GIT" and not _WHOLE_HASH.fullmatch(version):
        yield f"{_shown(version)} is no whole git hash"
    elif kind == "SEMVER" and not _SEMVER.fullmatch(version):
        yield f"{_shown(version)} is no semantic version"
    elif kind == "ECOSYSTEM" and ecosystem == "PyPI" and (note := _pep440(version)):
        yield note


def _pep440(version: str) -> str:
    try:
        Version(version)
    except InvalidVersion:
        return f"{_shown(version)} is no PEP 440 version"
    return ""


def _shown(written: str) -> str:
    return repr(clean_line(written, limit=_SHOWN))
