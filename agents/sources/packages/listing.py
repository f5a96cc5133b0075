"""What an index lists of a package, whatever the index: versions, and which of them is the one to take."""

import re
import reprlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agents.sources.text import clean_line

MOST_VERSIONS = 20_000
"""Versions of one package that are read."""
_VERSION = re.compile(r"[!-~]{1,200}")
_LONGEST_REASON = 1_000


class NoListingError(ValueError):
    """The value is no listing of the package; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version."""

    version: str
    at: datetime | None = None
    """When it was uploaded, in UTC."""
    yanked: bool = False
    """Whether it was taken back, or removed."""
    yanked_reason: str = ""
    deprecated: str = ""
    """Why it is not to be used any more, in the words of whoever says so; empty where nobody does."""
    prerelease: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """What stood among the versions and cannot be read."""

    key: str
    reason: str
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All of it."""

    releases: tuple[Release, ...] = ()
    latest: str = ""
    """The newest stable version; where there is none, the newest of all that can be had; empty where none can."""
    strays: tuple[Stray, ...] = ()
    notes: tuple[str, ...] = ()
    """What the index says of the package as a whole, in words."""
    cut: bool = False
    """Whether there are more versions than were read."""

    def everywhere(self, note: str, *, deprecated: str = "", yanked_reason: str = "") -> "Listing":
        """Return the listing with what is said of the package as a whole said of each version that says nothing."""
        releases = tuple(
            replace(
                one,
                deprecated=one.deprecated or deprecated,
                yanked=one.yanked or bool(yanked_reason),
                yanked_reason=one.yanked_reason or yanked_reason,
            )
            for one in self.releases
        )
        return replace(self, releases=releases, latest="" if yanked_reason else self.latest, notes=(note,))


def version_of(written: object) -> str:
    """Return a version; empty where it is none: every ecosystem writes them in plain ASCII without blanks."""
    return written if isinstance(written, str) and _VERSION.fullmatch(written) else ""


def words(said: object) -> str:
    """Return what somebody wrote as one line; empty where it is no text."""
    return clean_line(said, limit=_LONGEST_REASON) if isinstance(said, str) else ""


def moment(written: object) -> datetime | None:
    """Return a time in UTC; None where it is none, or has no zone."""
    try:
        when = datetime.fromisoformat(written) if isinstance(written, str) else None
        return when.astimezone(UTC) if when and when.tzinfo else None
    except (ValueError, OverflowError):
        return None


def stray(place: str, written: object) -> Stray:
    """Return what stands at a place of the listing and is no version."""
    shown = reprlib.repr(written)
    return Stray(key=f"{place}: {shown}", reason="is no version", raw=shown)
