"""One release of a package, as its index tells of it: whether it can be gone to, and why not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agents.analysis.advisories.fields import text
from agents.analysis.advisories.names import Package
from agents.analysis.advisories.prerelease import is_prerelease
from agents.analysis.versions import UnknownEcosystemError, order
from agents.contract import Evidence

KIND = "version"
REASON_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Release:
    """A version that exists."""

    version: str
    yanked: bool = False
    """Whether it was taken back: it can still be had where a lock file names it, and nobody should go to it."""
    reason: str = ""
    """Why it was taken back, in its maintainers' words."""
    deprecated: str = ""
    """What its maintainers say to those who use it; empty where it is not deprecated."""
    prerelease: bool = False
    at: datetime | None = None
    """When it was uploaded."""
    evidence: str = field(default="", compare=False)

    @property
    def final(self) -> bool:
        """Whether one can go to it: neither taken back nor a pre-release."""
        return not (self.yanked or self.prerelease)


ReleasesOf = Callable[[Package], Sequence[Release] | None]
"""Gives a package's releases, oldest version first; None where nobody listed them."""


def unlisted(package: Package) -> None:  # noqa: ARG001  it knows none of any package
    """Give no releases: nobody listed any."""
    return


def read_release(evidence: Evidence) -> tuple[Package, Release] | None:
    """Return a package and one of its releases; None where the evidence names no package or no version."""
    data = evidence.data
    package = Package.of(text(data, "ecosystem"), text(data, "package"))
    version = text(data, "version") or evidence.key.strip()
    if not (package.name and version):
        return None
    release = Release(
        version=version,
        yanked=data.get("yanked") is True,
        reason=one_line(text(data, "yanked_reason")),
        deprecated=one_line(text(data, "deprecated")),
        prerelease=data.get("prerelease") is True or is_prerelease(package.ecosystem, version),
        at=evidence.at,
        evidence=evidence.id,
    )
    return package, release


def one_line(words: str) -> str:
    """Return a maintainer's words on one line, cut where they are long."""
    return " ".join(words.split())[:REASON_LIMIT]


def in_order(package: Package, releases: Iterable[Release]) -> tuple[Release, ...]:
    """Return the releases of a package, oldest version first; by their text where no order is known."""
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return tuple(sorted(releases, key=lambda release: release.version))
    return tuple(sorted(releases, key=lambda release: (versions.key(release.version), release.version)))


def same(package: Package, a: str, b: str) -> bool:
    """Whether two texts name the same version of a package: 1.0 and 1.0.0 do, where its ecosystem says so."""
    if a == b:
        return True
    try:
        versions = order(package.ecosystem)
    except UnknownEcosystemError:
        return False
    return versions.readable(a) and versions.compare(a, b) == 0
