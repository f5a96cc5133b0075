"""An npm package as a registry lists it: its packument, whole or abbreviated.

npm's documentation "Package metadata". The whole one has a time for every version that ever was: one that stands there
and not among the versions was removed. A package that was taken over for the sake of security is left with a
placeholder alone.
"""

import re
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from agents.sources.packages.listing import (
    MOST_VERSIONS,
    Listing,
    NoListingError,
    Release,
    moment,
    stray,
    version_of,
    words,
)

ACCEPT = "application/json"
ABBREVIATED = "application/vnd.npm.install-v1+json"
"""A smaller form, for packages whose whole one is larger than what is read; it has no times."""
DEPRECATED = "deprecated, without a reason"
UNPUBLISHED = "the whole package was removed from the registry"
REMOVED = "removed from the registry"
PLACEHOLDER = "the registry took the package over and put a placeholder in its place"
_VERSION = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})\.([0-9]{1,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_SECURITY = re.compile(r"[0-9.]+-security(?:\.[0-9]+)?")
_OF_THE_WHOLE = frozenset({"created", "modified", "unpublished"})


def path_of(name: str) -> str:
    """Return where a registry lists a package: a scope and its slash are one part of the path."""
    return quote(name, safe="@")


def read_npm(told: object, *, name: str) -> Listing:
    """Return what a registry lists of a package. Raises ``NoListingError`` where it is something else."""
    if not isinstance(told, Mapping) or not ({"versions", "time"} & told.keys()):
        raise NoListingError("has neither versions nor times, so it is no packument")
    if told.get("name") != name:
        raise NoListingError(f"is about {reprlib.repr(told.get('name'))}, which was not asked for")
    listed, times, tags = (_table(told, part) for part in ("versions", "time", "dist-tags"))
    names = [*dict.fromkeys((*listed, *(one for one in times if one not in _OF_THE_WHOLE)))]
    read = [one for one in names[:MOST_VERSIONS] if version_of(one)]
    releases = tuple(_release(one, listed.get(one), uploaded=times.get(one), there=one in listed) for one in read)
    listing = Listing(
        releases=releases,
        latest=_latest(releases, tags.get("latest")),
        strays=tuple(stray("versions", one) for one in names[:MOST_VERSIONS] if not version_of(one)),
        cut=len(names) > MOST_VERSIONS,
    )
    if "unpublished" in times:
        return listing.everywhere(UNPUBLISHED, yanked_reason=UNPUBLISHED)
    left = [one.version for one in releases if not one.yanked]
    if left and all(_SECURITY.fullmatch(one) for one in left):
        return listing.everywhere(PLACEHOLDER, deprecated=PLACEHOLDER)
    return listing


def _table(told: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    value = told.get(part)
    return value if isinstance(value, dict) else {}


def _release(version: str, manifest: object, *, uploaded: object, there: bool) -> Release:
    """Return a version by its manifest and its time; one that is not ``there`` any more was removed."""
    said = manifest.get("deprecated") if isinstance(manifest, Mapping) else None
    numbers = _VERSION.fullmatch(version)
    return Release(
        version=version,
        at=moment(uploaded),
        yanked=not there,
        yanked_reason="" if there else REMOVED,
        deprecated=words(said) or (DEPRECATED if said is True else ""),
        prerelease=bool(numbers and numbers[4]),
    )


def _latest(releases: Iterable[Release], tagged: object) -> str:
    """Return the version that the registry itself calls the latest, else the newest stable one, else the last."""
    there = {one.version: one for one in releases if not one.yanked}
    if isinstance(tagged, str) and tagged in there and not there[tagged].prerelease:
        return tagged
    stable = [numbers for one in there.values() if not one.prerelease and (numbers := _VERSION.fullmatch(one.version))]
    if stable:
        return max(stable, key=lambda numbers: tuple(map(int, numbers.group(1, 2, 3))))[0]
    return tagged if isinstance(tagged, str) and tagged in there else next(reversed(there), "")
