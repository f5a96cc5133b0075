"""Versions as people write them in tags and headings: ``v1.2``, ``release-1.2``, ``pkg-1.2.3``, ``1.2.3-rc.1``."""

import re
from dataclasses import dataclass
from functools import total_ordering

from packaging.version import InvalidVersion
from packaging.version import Version as Parsed

_CORE = re.compile(
    r"(?:^|(?<=[-_/@ \[]))(?:(?P<v>v\.?)|version|ver|release|rel|r)?[-_ ]?"
    r"(?P<core>\d{1,9}(?:[._]\d{1,9}){0,4})(?![0-9])",
    re.IGNORECASE,
)
_REST = re.compile(r"(?:[-_.+~]?[a-z0-9][a-z0-9.+_-]{0,60})?", re.IGNORECASE)
_END = re.compile(r"[\s()\[\]:,]")
_FINAL = re.compile(r"[-_.]?(?:final|release|ga|stable|lts)", re.IGNORECASE)
_NAMED_PRE = re.compile(r"(?:[-_.~][a-z]|[a-z]{2})[a-z0-9._-]*", re.IGNORECASE)
_LONGEST = 200


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version in the line of versions named by ``prefix`` (a package of the repository; empty for the only one)."""

    prefix: str
    parsed: Parsed

    def __str__(self) -> str:
        """Return the normal form, made of digits, dots and PEP 440's letters only: safe to show."""
        return str(self.parsed)

    def __lt__(self, other: "Version") -> bool:
        return (self.prefix, self.parsed) < (other.prefix, other.parsed)

    @property
    def pre(self) -> bool:
        """Whether it is a pre-release: alpha, beta, candidate, development or nightly."""
        return self.parsed.is_prerelease


LOWEST = Version(prefix="", parsed=Parsed("0.dev0"))
"""Where a version that cannot be read stands in order."""


def parse_version(text: str) -> Version | None:
    """Return the version that the text names, or None where it names none.

    PEP 440 (the ``packaging`` library) decides; what Semantic Versioning calls a pre-release and PEP 440 does not know
    (``-next.1``, ``-SNAPSHOT``) becomes a development release, and ``.Final`` and its kind are dropped. One number
    alone is a version only behind a ``v``: ``nightly-20260101`` and ``build-7`` are none.
    """
    bounded = text.strip()[:_LONGEST]
    for match in _CORE.finditer(bounded):
        core = match["core"].replace("_", ".")
        if "." not in core and match["v"] is None:
            continue
        parsed = _parse(core, _END.split(bounded[match.end() :], maxsplit=1)[0])
        prefix = bounded[: match.start()].strip("-_/@ []").lower()
        return Version(prefix=prefix, parsed=parsed) if parsed else None
    return None


def _parse(core: str, rest: str) -> Parsed | None:
    if _FINAL.fullmatch(rest):
        return Parsed(core)
    if not _REST.fullmatch(rest):
        return None
    try:
        return Parsed(core + rest)
    except InvalidVersion:
        return Parsed(f"{core}.dev0") if _NAMED_PRE.fullmatch(rest) else None


def step(version: Version, previous: Version | None) -> str:
    """Return ``pre``, ``major``, ``minor`` or ``patch``: the step to a version from the one before it in its line.

    Of a line's first version the shape decides: 2.0.0 is a major one, 2.1.0 a minor one.
    """
    if version.pre:
        return "pre"
    major, minor, micro = _three(version)
    if previous is None:
        return "patch" if micro else "minor" if minor else "major"
    was_major, was_minor, _ = _three(previous)
    if major != was_major:
        return "major"
    return "minor" if minor != was_minor else "patch"


def may_break(version: Version, kind: str) -> bool:
    """Whether Semantic Versioning (2.0.0, items 4 and 8) lets this step break what worked before."""
    return kind in ("major", "pre") or (version.parsed.major == 0 and kind == "minor")


def _three(version: Version) -> tuple[int, int, int]:
    return version.parsed.major, version.parsed.minor, version.parsed.micro
