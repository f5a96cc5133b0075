"""Looking releases up: those of few packages whole, of all others only what is wrong with a version in use."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.analysis.advisories.dependency import Dependency
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.release import KIND, Release, in_order, read_release, same
from agents.contract import Evidence, EvidenceReader


@dataclass(frozen=True)
class Used:
    """A release that is in use, and where."""

    package: Package
    release: Release
    dependencies: tuple[Dependency, ...]


class ReleaseShelf:
    """The releases that the given targets' evidence lists, of the packages that are in use."""

    def __init__(self, reader: EvidenceReader, *, targets: Iterable[str], dependencies: Sequence[Dependency]) -> None:
        self._reader = reader
        self._targets = sorted(set(targets))
        self._dependencies = dependencies
        self._used: dict[Package, list[Dependency]] = {}
        for one in dependencies:
            self._used.setdefault(one.package.anywhere, []).append(one)
        self._counts: Mapping[str, int] | None = None
        self._known: dict[Package, tuple[Release, ...] | None] = {}

    def counts(self) -> Mapping[str, int]:
        """Return how many releases each target lists."""
        if self._counts is None:
            self._counts = self._reader.count(targets=self._targets, kinds=[KIND])
        return self._counts

    def of(self, package: Package) -> tuple[Release, ...] | None:
        """Return a package's releases, oldest version first; None where nobody listed them."""
        package = package.anywhere
        if package not in self._known:
            read = map_releases(self._read(self._used.get(package, ())))
            found = [release for owner, release in read if owner.anywhere == package]
            distinct = {release.version: release for release in sorted(found, key=lambda one: one.evidence)}
            self._known[package] = in_order(package, distinct.values()) or None
        return self._known[package]

    def blemished(self, evidence: Iterable[Evidence]) -> tuple[Used, ...]:
        """Return the releases in use that were taken back or are deprecated, by package and version.

        ``evidence`` is what ``evidence()`` yields: whoever calls can stop in between.
        """
        found: dict[tuple[Package, str], Used] = {}
        for owner, release in map_releases(evidence):
            package = owner.anywhere
            if release.yanked or release.deprecated:
                used = (one for one in self._used.get(package, ()) if one.version)
                where = tuple(one for one in used if same(package, one.version, release.version))
                if where:
                    found[package, release.version] = Used(package, release, where)
        return tuple(found[key] for key in sorted(found))

    def evidence(self) -> Iterator[Evidence]:
        """Yield the evidence of all releases of the packages that are in use with a version."""
        return self._read(one for one in self._dependencies if one.version)

    def _read(self, dependencies: Iterable[Dependency]) -> Iterator[Evidence]:
        about = sorted({subject for one in dependencies for subject in subjects(one)})
        if not (about and self.counts()):
            return iter(())
        return self._reader.read(targets=self._targets, kinds=[KIND], about=about)


def map_releases(evidence: Iterable[Evidence]) -> Iterator[tuple[Package, Release]]:
    """Yield the packages and releases that the evidence holds; what names none is left out."""
    for item in evidence:
        found = read_release(item)
        if found:
            yield found


def subjects(dependency: Dependency) -> tuple[str, ...]:
    """Return what the releases of a package are filed under: ``PyPI/lamp``, as advisories spell it."""
    ecosystem = dependency.ecosystem.partition(":")[0].strip()
    return tuple({f"{ecosystem}/{name}" for name in (dependency.name, dependency.package.name) if ecosystem})
