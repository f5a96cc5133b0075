"""One advisory as OSV writes it (OSV schema 1.x), read leniently: what has the wrong shape is left out."""

from dataclasses import dataclass, field
from datetime import datetime

from agents.analysis.advisories.fields import Fields, items, mapping, mappings, moment, text, texts
from agents.analysis.advisories.names import Package
from agents.contract import Evidence

EVENTS = ("introduced", "fixed", "last_affected", "limit")
SPECIFIC = ("ecosystem_specific", "database_specific")
MALICIOUS = "MAL-"
"""How the ids of records begin that report a package made to do harm."""
ORIGINS = "malicious-packages-origins"
"""Where such a record names who reported it first, whatever its id."""
EMBEDDED = "CWE-506"
"""Embedded malicious code: what GitHub files malware under."""


@dataclass(frozen=True)
class Event:
    """A point in a package's history: ``kind`` is one of EVENTS, ``version`` may be ``0`` or a commit."""

    kind: str
    version: str


@dataclass(frozen=True)
class VersionRange:
    """Events of one ``kind`` of order: ``ECOSYSTEM``, ``SEMVER`` or ``GIT``."""

    kind: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Affected:
    """What an advisory says of one package."""

    package: Package
    ecosystem: str
    """As the advisory writes it."""
    ranges: tuple[VersionRange, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    """(type, vector) pairs, e.g. ``("CVSS_V3", "CVSS:3.1/...")``."""
    label: str = ""
    """The database's own word for the severity, where it gives one for this package."""


@dataclass(frozen=True)
class Advisory:
    """One record of one database. ``published`` and ``modified`` are in UTC."""

    id: str
    aliases: tuple[str, ...] = ()
    summary: str = ""
    published: datetime | None = None
    withdrawn: bool = False
    severity: tuple[tuple[str, str], ...] = ()
    label: str = ""
    affected: tuple[Affected, ...] = ()
    references: tuple[str, ...] = ()
    dirty: bool = False
    """Whether its collector had to mend it."""
    harmful: bool = False
    """Whether it says, other than by an id, that the package was made to do harm."""
    source: str = ""
    """Which reader found it: ``osv``, ``github``."""
    evidence: str = field(default="", compare=False)
    """Id of the evidence that it was read from."""

    @property
    def malicious(self) -> bool:
        """Whether it reports a package, or releases of one, made to do harm (the OpenSSF's ``MAL-`` records)."""
        return self.harmful or any(name.startswith(MALICIOUS) for name in (self.id, *self.aliases))

    def about(self, package: Package) -> tuple[Affected, ...]:
        """Return what it says of the package."""
        return tuple(entry for entry in self.affected if entry.package.covers(package))


@dataclass(frozen=True)
class Heading:
    """What tells whether an advisory matters here, read without the rest: most of thousands do not."""

    id: str
    """Empty where it has none."""
    aliases: tuple[str, ...]
    withdrawn: bool
    packages: frozenset[Package]
    """What it is about, whatever the release."""


def read_heading(evidence: Evidence) -> Heading:
    """Return the heading of the advisory that the evidence holds."""
    data = evidence.data
    named = (mapping(raw, "package") or raw for raw in mappings(data, "affected"))
    return Heading(
        id=text(data, "id") or evidence.key.strip(),
        aliases=texts(data, "aliases"),
        withdrawn=bool(data.get("withdrawn")),
        packages=frozenset(Package.of(text(raw, "ecosystem"), text(raw, "name")).anywhere for raw in named),
    )


def read_advisory(evidence: Evidence) -> Advisory | None:
    """Return the advisory that the evidence holds; None where it has no id."""
    heading = read_heading(evidence)
    return read_record(evidence, heading) if heading.id else None


def read_record(evidence: Evidence, heading: Heading) -> Advisory:
    """Return the whole advisory under a heading that has an id."""
    data = evidence.data
    return Advisory(
        id=heading.id,
        aliases=heading.aliases,
        summary=text(data, "summary") or evidence.title.strip(),
        published=moment(data, "published"),
        withdrawn=heading.withdrawn,
        severity=read_severity(data),
        label=text(mapping(data, "database_specific"), "severity"),
        affected=tuple(entry for raw in mappings(data, "affected") if (entry := read_affected(raw))),
        references=texts(data, "references"),
        dirty=bool(items(data, "dirt")),
        harmful=is_harmful(mapping(data, "database_specific")),
        source=evidence.source,
        evidence=evidence.id,
    )


def is_harmful(specific: Fields) -> bool:
    """Whether a record's ``database_specific`` says that the package was made to do harm: by fields, never by words."""
    return ORIGINS in specific or EMBEDDED in texts(specific, "cwe_ids")


def read_affected(raw: Fields) -> Affected | None:
    """Return one entry of OSV's ``affected``, with or without its ``package`` level; None where no package is named."""
    named = mapping(raw, "package") or raw
    ecosystem, name = text(named, "ecosystem"), text(named, "name")
    if not (ecosystem and name):
        return None
    return Affected(
        package=Package.of(ecosystem, name),
        ecosystem=ecosystem,
        ranges=tuple(read_range(entry) for entry in mappings(raw, "ranges")),
        versions=texts(raw, "versions"),
        severity=read_severity(raw),
        label=next((word for name in SPECIFIC if (word := text(mapping(raw, name), "severity"))), ""),
    )


def read_range(raw: Fields) -> VersionRange:
    """Return a range, its events in the record's order; an event that names several things is taken apart."""
    events = mappings(raw, "events")
    return VersionRange(
        kind=text(raw, "type").upper(),
        events=tuple(Event(kind, text(event, kind)) for event in events for kind in EVENTS if text(event, kind)),
    )


def read_severity(raw: Fields) -> tuple[tuple[str, str], ...]:
    """Return the (type, vector) pairs of OSV's ``severity``."""
    return tuple(
        (text(entry, "type"), text(entry, "score")) for entry in mappings(raw, "severity") if text(entry, "score")
    )
