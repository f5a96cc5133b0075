"""What one step of the security agent has at hand: its target's dependencies, and all that is known about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.analysis.advisories.dependency import Dependency, read_dependency
from agents.analysis.advisories.exploited import ExploitShelf
from agents.analysis.advisories.index import AdvisoryIndex, index_advisories
from agents.analysis.advisories.lookup import AdvisoryShelf
from agents.analysis.advisories.release_shelf import ReleaseShelf
from agents.contract import Evidence, Target, TargetKind, Work
from agents.errors import StoppedError


@dataclass(frozen=True)
class Shelves:
    """What one step has at hand."""

    work: Work
    target: Target
    dependencies: Sequence[Dependency]
    strange: Sequence[str]
    """Keys of evidence that names no package."""
    advisories: AdvisoryShelf
    exploits: ExploitShelf
    releases: ReleaseShelf

    @classmethod
    def of(cls, work: Work, target: Target) -> "Shelves":
        """Return the shelves of a step: those of its sources, and of the target itself."""
        dependencies, strange = read_dependencies(work, target)
        targets = [*work.sources, target.id]
        # Of packages that are watched beside it their versions are read; what is known of them is their own step's.
        others = [source for source in work.sources if not source.startswith(f"{TargetKind.PACKAGE}:")]
        return cls(
            work=work,
            target=target,
            dependencies=dependencies,
            strange=strange,
            advisories=AdvisoryShelf(work.reader, sources=[*others, target.id]),
            exploits=ExploitShelf(work.reader, targets=targets),
            releases=ReleaseShelf(work.reader, targets=targets, dependencies=dependencies),
        )

    @property
    def ecosystems(self) -> frozenset[str]:
        """The ecosystems of what is used."""
        return frozenset(one.package.ecosystem for one in self.dependencies if one.package.ecosystem)

    def whole(self) -> frozenset[str]:
        """Return the ecosystems of which a whole database is at hand, so that flaws of later versions are known.

        A service is asked about the versions in use, and names no others.
        """
        databases = [source for source in self.work.sources if source.startswith(f"{TargetKind.ADVISORIES}:")]
        return AdvisoryShelf(self.work.reader, sources=databases).covered(self.ecosystems)

    def index(self) -> AdvisoryIndex:
        """Return the advisories about what is used; empty where there are none."""
        wanted = {dependency.package for dependency in self.dependencies}
        return index_advisories(going_on(self.work, self.advisories.related(wanted)), wanted=wanted)


def read_dependencies(work: Work, target: Target) -> tuple[list[Dependency], list[str]]:
    """Return the target's dependencies, and the keys of evidence that names no package."""
    read: list[Dependency] = []
    strange: list[str] = []
    for evidence in going_on(work, work.reader.read(targets=[target.id], kinds=["dependency"])):
        dependency = read_dependency(evidence)
        if dependency is None:
            strange.append(evidence.key or evidence.id)
        else:
            read.append(dependency)
    return read, strange


def going_on(work: Work, evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """Yield the evidence for as long as the step is not told to stop."""
    for item in evidence:
        if work.stop_signal.is_set():
            raise StoppedError(f"step {work.step!r} was told to stop while it read {item.kind} evidence")
        yield item
