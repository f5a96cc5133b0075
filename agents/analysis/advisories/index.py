"""Advisories by package: one pass over all that were collected, keeping only those about packages in use."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from agents.analysis.advisories.aliases import AliasGroups
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory, read_heading, read_record
from agents.contract import Evidence


@dataclass(frozen=True)
class AdvisoryIndex:
    """Advisories about wanted packages, without withdrawn ones."""

    by_package: Mapping[Package, tuple[Advisory, ...]]
    """By the package without its release, in the order of ids."""
    groups: Mapping[str, tuple[str, ...]]
    """For every advisory's id all ids of the same flaw, the canonical one first."""

    def about(self, package: Package) -> tuple[tuple[Advisory, ...], ...]:
        """Return the advisories about a package, one tuple for each flaw."""
        flaws: dict[str, list[Advisory]] = {}
        for advisory in self.by_package.get(package.anywhere, ()):
            if advisory.about(package):
                flaws.setdefault(self.canonical(advisory), []).append(advisory)
        return tuple(tuple(advisories) for _, advisories in sorted(flaws.items()))

    def canonical(self, advisory: Advisory) -> str:
        """Return the id that stands for the advisory's flaw."""
        return self.groups[advisory.id][0]


def index_advisories(evidence: Iterable[Evidence], *, wanted: Collection[Package]) -> AdvisoryIndex:
    """Read the evidence once and return what it says of the wanted packages (their releases do not matter here)."""
    packages = {package.anywhere for package in wanted}
    kept: dict[Package, dict[tuple[str, str, str], Advisory]] = {}
    groups = AliasGroups()
    for item in evidence:
        heading = read_heading(item)
        if heading.id and not heading.withdrawn:
            groups.add(heading.id, heading.aliases)
            for package in packages & heading.packages:
                kept.setdefault(package, {})[heading.id, item.target, item.source] = read_record(item, heading)
    by_package = {package: tuple(found[key] for key in sorted(found)) for package, found in kept.items()}
    return AdvisoryIndex(by_package, groups.groups())
