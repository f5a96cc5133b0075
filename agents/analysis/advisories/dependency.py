"""One package that a target uses, as a manifest names it."""

from dataclasses import dataclass, field

from agents.analysis.advisories.fields import text
from agents.analysis.advisories.names import Package
from agents.contract import Evidence


@dataclass(frozen=True)
class Dependency:
    """A package in use. ``version`` is empty where the manifest pins none: then nothing can be matched."""

    package: Package
    ecosystem: str
    name: str
    version: str = ""
    specifier: str = ""
    file: str = ""
    evidence: str = field(default="", compare=False)
    """Id of the evidence that it was read from."""


def read_dependency(evidence: Evidence) -> Dependency | None:
    """Return the dependency that the evidence holds; None where it names no package. The ecosystem may be empty.

    A version counts only where the manifest pins it: without ``pinned`` in the evidence, any version does.
    """
    data = evidence.data
    ecosystem, name = text(data, "ecosystem"), text(data, "name")
    if not name:
        return None
    return Dependency(
        package=Package.of(ecosystem, name),
        ecosystem=ecosystem,
        name=name,
        version=text(data, "version") if data.get("pinned", True) else "",
        specifier=text(data, "specifier"),
        file=text(data, "file"),
        evidence=evidence.id,
    )
