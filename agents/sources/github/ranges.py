"""Which versions a GitHub advisory means, as OSV's events: ``>= 1.0, < 2.3``, ``= 1.2``, ``< 3``.

Advisories of a repository are typed by hand. What cannot be read is not guessed at: then the advisory is about the
package, and whether it holds for a version is not known.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from agents.analysis.versions import UnknownEcosystemError, order
from agents.sources.text import clean_line

ECOSYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "actions": "GitHub Actions",
        "composer": "Packagist",
        "erlang": "Hex",
        "go": "Go",
        "maven": "Maven",
        "npm": "npm",
        "nuget": "NuGet",
        "pip": "PyPI",
        "pub": "Pub",
        "rubygems": "RubyGems",
        "rust": "crates.io",
        "swift": "SwiftURL",
    }
)
"""GitHub's names in small letters, and OSV's."""
START = "0"
LONGEST = 500
_SEMANTIC = frozenset({"npm", "Go", "crates.io"})
_EVERY = frozenset({"*", "all", "all versions", "any", "any version"})
_PART = re.compile(r"(>=|<=|>|<|==?|)\s*[vV]?(\d[0-9A-Za-z.+_~!-]*)")
_FIX = re.compile(r"(?:>=\s*)?[vV]?(\d[0-9A-Za-z.+_~!-]*?)\+?")
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_EXACT = frozenset({"", "=", "=="})
_LOWER, _UPPER = frozenset({">", ">="}), frozenset({"<", "<="})

Events = tuple[Mapping[str, str], ...]
Bound = tuple[str, str]
"""A sign and a version."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions of one package are meant."""

    ranges: tuple[Mapping[str, object], ...] = ()
    """As OSV writes them."""
    listed: tuple[str, ...] = ()
    dirt: tuple[str, ...] = ()
    """What could not be read, or not as it was written."""


def read_versions(written: str, *, patched: str, ecosystem: str) -> Versions:
    """Return the versions that a text means; ``ecosystem`` is OSV's name, ``patched`` says where it is mended."""
    line = clean_line(written, limit=LONGEST)
    fixes = [match[1] for part in re.split(r"[,;|]", patched) if (match := _FIX.fullmatch(part.strip()))]
    ranges: list[Mapping[str, object]] = []
    listed: list[str] = []
    dirt: list[str] = []
    for one in line.split("||"):
        bounds = _bounds(one.strip())
        if bounds is None:
            dirt.append(f"the affected versions {one.strip()!r} cannot be read")
        elif len(bounds) > 1 and all(sign in _EXACT for sign, _ in bounds):
            listed += [version for _, version in bounds]
        else:
            events = _events(bounds, fixes=fixes, ecosystem=ecosystem, dirt=dirt)
            ranges += [{"type": _type(events, ecosystem), "events": [*events]}] if events else []
            listed += [version for sign, version in bounds if sign in _EXACT and not events]
    return Versions(tuple(ranges), tuple(listed), tuple(dirt))


def _bounds(written: str) -> Sequence[Bound] | None:
    """Return the signs and versions of a text, none where it means all; None where it cannot be read."""
    if written.lower() in _EVERY:
        return ()
    found = [_PART.fullmatch(part.strip()) for part in written.split(",")]
    bounds = [(match[1], match[2]) for match in found if match]
    signs = [sign for sign, _ in bounds]
    exact = {sign in _EXACT for sign in signs}
    twice = any(sum(sign in side for sign in signs) > 1 for side in (_LOWER, _UPPER))
    return bounds if len(bounds) == len(found) and len(exact) == 1 and not twice else None


def _events(bounds: Sequence[Bound], *, fixes: Sequence[str], ecosystem: str, dirt: list[str]) -> Events:
    """Return the events of one range; none for one version of which nobody says where it is mended."""
    signed = dict(bounds)
    exact = next((version for sign, version in bounds if sign in _EXACT), "")
    if exact:
        fix = _fix_after(exact, fixes, ecosystem)
        return ({"introduced": exact}, {"fixed": fix}) if fix else ()
    begin = signed.get(">=") or START
    if ">" in signed:
        begin = _after(signed[">"], ecosystem, dirt=dirt)
    return ({"introduced": begin}, *_end(signed, begin=begin, fixes=fixes, ecosystem=ecosystem))


def _end(signed: Mapping[str, str], *, begin: str, fixes: Sequence[str], ecosystem: str) -> Iterator[Mapping[str, str]]:
    """Yield where a range ends: at its own bound, else where it is said to be mended."""
    if "<" in signed:
        yield {"fixed": signed["<"]}
        return
    last = signed.get("<=")
    fix = _fix_after(last or begin, fixes, ecosystem) if last or begin != START or len(fixes) == 1 else ""
    if fix:
        yield {"fixed": fix}
    elif last:
        yield {"last_affected": last}


def _fix_after(version: str, fixes: Sequence[str], ecosystem: str) -> str:
    """Return the first version after another in which it is mended; empty where that cannot be told."""
    try:
        versions = order(ecosystem)
    except UnknownEcosystemError:
        return ""
    if not all(map(versions.readable, [version, *fixes])):
        return ""
    later = [fix for fix in fixes if versions.compare(fix, version) > 0]
    return min(later, key=versions.key, default="")


def _after(version: str, ecosystem: str, *, dirt: list[str]) -> str:
    """Return the first version after another: semantic versions have one; else itself, which says too much."""
    found = _SEMVER.fullmatch(version)
    if version == START:
        return START
    if ecosystem not in _SEMANTIC or found is None:
        dirt.append(f"'> {version}' is read as '>= {version}': nobody knows what comes first after it")
        return version
    major, minor, patch, pre = found[1], found[2], int(found[3]), found[4]
    return f"{major}.{minor}.{patch}{pre}.0" if pre else f"{major}.{minor}.{patch + 1}-0"


def _type(events: Events, ecosystem: str) -> str:
    """Return the kind of order that a range is in."""
    versions = [version for event in events for version in event.values() if version != START]
    semantic = ecosystem in _SEMANTIC and all(map(_SEMVER.fullmatch, versions))
    return "SEMVER" if semantic else "ECOSYSTEM"
