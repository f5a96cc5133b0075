"""SemVer 2.0.0 (semver.org, section 11), and Pub's variant of it.

Own code: the classes at hand count build metadata, which section 10 excludes from the order, or refuse what
ecosystems really publish: a leading ``v``, a missing minor or patch number, a pre-release without its hyphen
(``1.2.3rc1``, as npm reads loosely). Numbers after the third are taken as build metadata. Pub orders build
metadata as it does pre-releases, and a version with it after the one without (pub_semver, "Differences from SemVer").
"""

import re

from agents.analysis.versions.natural import number

VERSION = re.compile(
    r"[vV=]*([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:[.][0-9.]*)?"
    r"(?:-?([0-9A-Za-z.-]+))?"
    r"(?:\+(.*))?",
    re.ASCII | re.DOTALL,
)


def semver_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a semantic version, build metadata left out; None where it cannot be read."""
    match = VERSION.fullmatch(version)
    if match is None:
        return None
    major, minor, patch, pre, _ = match.groups()
    return (number(major), number(minor or ""), number(patch or ""), pre_release_key(pre))


def pub_key(version: str) -> tuple[object, ...] | None:
    """Return the key of a Pub version: build metadata breaks ties; None where it cannot be read."""
    key = semver_key(version)
    if key is None:
        return None
    build = version.partition("+")[2]
    return (*key, identifiers_key(build) if build else ())


def pre_release_key(pre: str | None) -> tuple[object, ...]:
    """Return the key of a pre-release part: any of them is older than none."""
    return (0, identifiers_key(pre)) if pre else (1,)


def identifiers_key(dotted: str) -> tuple[object, ...]:
    """Return the key of dot-separated identifiers: numbers are older than words; more are newer."""
    return tuple((0, number(part)) if part.isascii() and part.isdigit() else (1, part) for part in dotted.split("."))
