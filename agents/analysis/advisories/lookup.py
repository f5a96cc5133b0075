"""Looking advisories up by what they are about, so that a target's step reads dozens of them, not all that there are.

Each advisory is filed under the packages that it names, their ecosystems, its own id and its aliases. Withdrawn ones
are filed under nothing: nobody asks for them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Heading
from agents.contract import Evidence, EvidenceReader, stable_id

KIND = "advisory"
LONGEST = 300
"""Characters of a name that is filed as it is. Longer ones are filed by their hash: an index bounds its keys."""
_FLAW = "flaw"


def subjects_of(heading: Heading) -> tuple[str, ...]:
    """Return what an advisory is filed under."""
    if heading.withdrawn or not heading.id:
        return ()
    packages = {_package(package) for package in heading.packages}
    ecosystems = {_ecosystem(package.ecosystem) for package in heading.packages}
    flaws = {_subject(_FLAW, name) for name in (heading.id, *heading.aliases)}
    return tuple(sorted(packages | ecosystems | flaws))


class AdvisoryShelf:
    """The advisories of the given folders (targets' ids). Without any folder it holds none."""

    def __init__(self, reader: EvidenceReader, *, sources: Iterable[str]) -> None:
        self._reader = reader
        self._sources = sorted(set(sources))

    def related(self, packages: Iterable[Package]) -> Iterator[Evidence]:
        """Yield every advisory about the packages, and all that share an id with one of those, each once.

        The latter may be about other packages. They are followed to the end, because together they decide which ids
        mean the same flaw; otherwise a flaw's name would depend on what else a target uses.
        """
        asked: set[str] = set()
        seen: set[str] = set()
        asking = {_package(package) for package in packages}
        while asking:
            asked |= asking
            flaws: set[str] = set()
            for item in self._read(sorted(asking)):
                if item.id not in seen:
                    seen.add(item.id)
                    flaws.update(subject for subject in item.about if subject.startswith(f"{_FLAW}:"))
                    yield item
            asking = flaws - asked

    def of_ecosystems(self, ecosystems: Iterable[str]) -> Iterator[Evidence]:
        """Yield every advisory about any package of the ecosystems: there may be tens of thousands of them."""
        about = sorted({_ecosystem(name) for name in ecosystems})
        return self._read(about) if about else iter(())

    def counts(self) -> Mapping[str, int]:
        """Return how many advisories each folder holds, withdrawn ones included."""
        return self._reader.count(targets=self._sources, kinds=[KIND]) if self._sources else {}

    def covered(self, ecosystems: Collection[str]) -> frozenset[str]:
        """Return those of the ecosystems that any advisory is about."""
        if not self._sources:
            return frozenset()
        counted = {
            name: self._reader.count(targets=self._sources, kinds=[KIND], about=[_ecosystem(name)])
            for name in ecosystems
        }
        return frozenset(name for name, count in counted.items() if count)

    def _read(self, about: Sequence[str]) -> Iterator[Evidence]:
        return self._reader.read(targets=self._sources, kinds=[KIND], about=about) if self._sources else iter(())


def _package(package: Package) -> str:
    return _subject("package", f"{package.ecosystem}/{package.name}")


def _ecosystem(name: str) -> str:
    return _subject("ecosystem", name)


def _subject(kind: str, name: str) -> str:
    return f"{kind}:{name if len(name) <= LONGEST else stable_id('long', name)}"
