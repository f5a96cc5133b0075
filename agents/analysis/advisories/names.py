"""When two names mean the same package, by the rules of the registry that it comes from."""

import re
from dataclasses import dataclass

SEPARATORS = re.compile(r"[-_.]+")
WITHOUT_CASE = frozenset({"bitnami", "github actions", "hex", "npm", "nuget", "packagist", "pub", "vscode"})


@dataclass(frozen=True, order=True)
class Package:
    """A package's identity. ``release`` is what stands after the colon in an ecosystem's name: ``12`` in Debian:12."""

    ecosystem: str
    name: str
    release: str = ""

    @classmethod
    def of(cls, ecosystem: str, name: str) -> "Package":
        """Return the identity of a package as an advisory or a manifest writes it."""
        base, _, release = ecosystem.partition(":")
        base = base.strip().lower()
        return cls(ecosystem=base, name=normal_name(base, name.strip()), release=release.strip().lower())

    @property
    def anywhere(self) -> "Package":
        """The package whatever the release."""
        return Package(self.ecosystem, self.name)

    def covers(self, other: "Package") -> bool:
        """Whether what is said of this package holds for the other; no release stands for every release."""
        same_release = self.release == other.release or not (self.release and other.release)
        return same_release and self.anywhere == other.anywhere


def normal_name(ecosystem: str, name: str) -> str:
    """Return the name in the form that its registry compares.

    PyPI: PEP 503. crates.io: without case, hyphen and underscore alike. npm, NuGet, Packagist, Hex, Pub: without case.
    Everywhere else names differ where they are written differently.
    """
    if ecosystem == "pypi":
        return SEPARATORS.sub("-", name).lower()
    if ecosystem == "crates.io":
        return name.lower().replace("_", "-")
    return name.lower() if ecosystem in WITHOUT_CASE else name
