"""A Python package as an index lists it in the JSON form of the simple API.

The Python packaging specifications "Simple repository API" (PEP 691, 700), "File yanking" (PEP 592) and "Project
status markers" (PEP 792). An index lists files; a version is yanked where all of its files are.
"""

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version

from agents.sources.manifests.dependency import pypi_name
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

ACCEPT = "application/vnd.pypi.simple.v1+json"
MOST_FILES = 100_000
QUARANTINED = "the index holds the whole package in quarantine"
DEPRECATED = "the package is deprecated as a whole"
ARCHIVED = "the package is archived: no more versions are to be expected"
_LONGEST_NAME = 500
_ARCHIVES = (".tar.gz", ".zip", ".tar.bz2", ".tgz")
_BUILT = (".whl", ".egg")

File = Mapping[str, Any]


class _Uploaded(NamedTuple):
    """What was uploaded of one version."""

    version: str
    files: list[File]


def path_of(name: str) -> str:
    """Return where an index lists a package; ``name`` is normalised."""
    return f"simple/{name}/"


def read_pypi(told: object, *, name: str) -> Listing:
    """Return what an index lists of a package. Raises ``NoListingError`` where it is something else."""
    if not isinstance(told, Mapping) or not isinstance(told.get("files"), list):
        raise NoListingError("has no list of files, so it is no answer of the simple API in its JSON form")
    about = told.get("name")
    if not isinstance(about, str) or pypi_name(about) != name:
        raise NoListingError(f"is about {reprlib.repr(about)}, which was not asked for")
    files = _by_version(told["files"][:MOST_FILES])
    listed = told.get("versions")
    listed = listed if isinstance(listed, list) else []
    # A version is one however it is written; the index's own spelling stands.
    spelled = {key: of.version for key, of in files.items()}
    spelled |= {_key(version): version for one in listed[:MOST_VERSIONS] if (version := version_of(one))}
    releases = tuple(_release(version, files[key].files if key in files else ()) for key, version in spelled.items())
    listing = Listing(
        releases=releases[:MOST_VERSIONS],
        latest=_latest(releases, having=files),
        strays=tuple(stray("versions", one) for one in listed[:MOST_VERSIONS] if not version_of(one)),
        cut=max(len(releases), len(listed)) > MOST_VERSIONS or len(told["files"]) > MOST_FILES,
    )
    return _with_status(listing, told)


def _by_version(files: Iterable[object]) -> dict[str, _Uploaded]:
    """Return the files by the version that their names tell; there are old ones whose names tell none."""
    found: dict[str, _Uploaded] = {}
    for file in files:
        if isinstance(file, Mapping) and (version := _version(file.get("filename"))):
            found.setdefault(_key(version), _Uploaded(version, [])).files.append(file)
    return found


def _version(filename: object) -> str:
    """Return the version that a file's name tells, in its normal form; empty where it tells none."""
    if not isinstance(filename, str) or len(filename) > _LONGEST_NAME:
        return ""
    if filename.endswith(_BUILT):
        written = filename.split("-")[1] if "-" in filename else ""
    else:
        ending = next((one for one in _ARCHIVES if filename.endswith(one)), "")
        written = filename.removesuffix(ending).rpartition("-")[2] if ending else ""
    return str(parsed) if (parsed := _parsed(written)) else ""


def _parsed(version: str) -> Version | None:
    """Return the version by PEP 440; None for what is older than that, and is no version to it."""
    try:
        return Version(version)
    except (InvalidVersion, ValueError):  # a number of more digits than int() reads
        return None


def _key(version: str) -> str:
    """Return what is the same for all spellings of a version: 1.0, v1.0.0 and 01 are one."""
    parsed = _parsed(version)
    return canonicalize_version(parsed) if parsed else version


def _release(version: str, files: Sequence[File]) -> Release:
    """Return a version by its files."""
    uploads = [when for file in files if (when := moment(file.get("upload-time")))]
    # A reason stands in place of a plain yes.
    yanks = [file.get("yanked") for file in files]
    parsed = _parsed(version)
    return Release(
        version=version,
        at=min(uploads, default=None),
        yanked=bool(yanks) and all(one is True or isinstance(one, str) for one in yanks),
        yanked_reason=next((reason for one in yanks if (reason := words(one))), ""),
        prerelease=parsed is not None and parsed.is_prerelease,
    )


def _latest(releases: Iterable[Release], *, having: Mapping[str, object]) -> str:
    """Return the newest version that can be had, a stable one where there is any; one without files cannot."""
    able = [
        (not one.prerelease, parsed, one.version)
        for one in releases
        if not one.yanked and (parsed := _parsed(one.version)) and (_key(one.version) in having or not having)
    ]
    return max(able)[2] if able else ""


def _with_status(listing: Listing, told: Mapping[str, Any]) -> Listing:
    """Return the listing with what the index says of the package as a whole.

    PyPI says it in a table of its own, the specification in the table of what holds for the answer.
    """
    table, meta = told.get("project-status"), told.get("meta")
    if isinstance(table, Mapping):
        status, reason = table.get("status"), words(table.get("reason"))
    else:
        meta = meta if isinstance(meta, Mapping) else {}
        status, reason = meta.get("project-status"), words(meta.get("project-status-reason"))
    said = {"quarantined": QUARANTINED, "deprecated": DEPRECATED, "archived": ARCHIVED}.get(str(status), "")
    if not said:
        return listing
    whole = f"{said}: {reason}" if reason else said
    taken = status == "quarantined"
    return listing.everywhere(whole, yanked_reason=whole if taken else "", deprecated="" if taken else whole)
