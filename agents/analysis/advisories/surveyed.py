"""What a landscape is drawn from: flaws of packages in use, or of whole ecosystems, read one advisory at a time."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from agents.analysis.advisories.aliases import AliasGroups
from agents.analysis.advisories.index import AdvisoryIndex
from agents.analysis.advisories.landscape import Flaw, earliest
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory, read_heading, read_record
from agents.analysis.advisories.release import Release, ReleasesOf, same, unlisted
from agents.analysis.advisories.upgrade import fixes
from agents.contract import Evidence


def flaws_in_use(index: AdvisoryIndex, *, releases: ReleasesOf) -> Iterator[Flaw]:
    """Yield the flaws of the index's packages, with the time of their fix where a package's releases are known."""
    for package in sorted(index.by_package):
        listed = releases(package)
        for records in index.about(package):
            named = set(fixes(package, records))
            yield Flaw(
                ecosystem=package.ecosystem,
                ids=index.groups[records[0].id],
                published=earliest(record.published for record in records),
                malicious=any(record.malicious for record in records),
                fixed=bool(named),
                mended=mended(package, named, listed or ()),
            )


def mended(package: Package, fixed: Collection[str], releases: Iterable[Release]) -> datetime | None:
    """Return when the first of the fixed versions was uploaded; None where none of them is listed with a time."""
    return earliest(
        release.at for release in releases if any(same(package, version, release.version) for version in fixed)
    )


@dataclass(frozen=True, slots=True)
class _Noted:
    """What is kept of one record, so that twenty thousand of them take little room."""

    id: str
    flaw: Flaw


def flaws_of(
    evidence: Iterable[Evidence], *, ecosystems: Collection[str], releases: ReleasesOf = unlisted
) -> Iterator[Flaw]:
    """Yield what the advisories say of flaws in the given ecosystems, each read once; withdrawn ones are left out.

    A flaw that several records are about is yielded as often, under the same ids.
    """
    groups = AliasGroups()
    noted: list[_Noted] = []
    for item in evidence:
        heading = read_heading(item)
        if heading.id and not heading.withdrawn:
            groups.add(heading.id, heading.aliases)
            read = read_record(item, heading)
            noted += (_Noted(read.id, flaw) for flaw in _of_record(read, ecosystems=ecosystems, releases=releases))
    ids = groups.groups()
    yield from (replace(one.flaw, ids=ids[one.id]) for one in noted)


def _of_record(record: Advisory, *, ecosystems: Collection[str], releases: ReleasesOf) -> Iterator[Flaw]:
    for package in sorted({entry.package.anywhere for entry in record.affected}):
        if package.ecosystem in ecosystems:
            named = set(fixes(package, [record]))
            yield Flaw(
                ecosystem=package.ecosystem,
                ids=(record.id,),
                published=record.published,
                malicious=record.malicious,
                fixed=bool(named),
                mended=mended(package, named, releases(package) or ()),
            )
