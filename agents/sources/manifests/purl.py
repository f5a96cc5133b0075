"""Package URLs, and which OSV ecosystem each type of them is.

Format: https://github.com/package-url/purl-spec. Names become what OSV calls a package: ``group:artifact`` for Maven,
``@scope/name`` for npm, the module path for Go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from agents.sources.manifests.dependency import PYPI, pypi_name

_ECOSYSTEMS: Mapping[str, str] = {
    "pypi": PYPI,
    "npm": "npm",
    "maven": "Maven",
    "golang": "Go",
    "cargo": "crates.io",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
    "cran": "CRAN",
    "hackage": "Hackage",
    "conan": "ConanCenter",
    "julia": "Julia",
    "swift": "SwiftURL",
    "githubactions": "GitHub Actions",
    "bitnami": "Bitnami",
    "opam": "opam",
    "bioconductor": "Bioconductor",
}
_DISTRIBUTIONS: Mapping[str, str] = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "alpine": "Alpine",
    "wolfi": "Wolfi",
    "chainguard": "Chainguard",
    "redhat": "Red Hat",
    "rocky-linux": "Rocky Linux",
    "rocky": "Rocky Linux",
    "almalinux": "AlmaLinux",
    "opensuse": "openSUSE",
    "suse": "SUSE",
    "mageia": "Mageia",
}
_LOWERED = frozenset({"composer", "hex", "githubactions", "bitnami"})
_JOINED_BY_COLON = frozenset({"maven"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """The parts of a package URL, decoded."""

    kind: str
    namespace: str
    name: str
    version: str
    qualifiers: Mapping[str, str]

    @property
    def ecosystem(self) -> str:
        """The OSV ecosystem, for distributions with their release where it is told; empty where OSV has none."""
        if self.kind in {"deb", "apk", "rpm"}:
            return _distribution(self)
        return _ECOSYSTEMS.get(self.kind, "")

    @property
    def package(self) -> str:
        """The package's name as OSV writes it."""
        if self.kind == "pypi":
            return pypi_name(self.name)
        if self.kind in {"deb", "apk", "rpm"} or not self.namespace:
            return self.name
        whole = f"{self.namespace}{':' if self.kind in _JOINED_BY_COLON else '/'}{self.name}"
        return whole.lower() if self.kind in _LOWERED else whole


def parse_purl(written: str) -> Purl | None:
    """Return the parts; None where it is no package URL."""
    scheme, _, rest = written.strip().partition(":")
    body, _, _ = rest.partition("#")
    body, _, query = body.partition("?")
    kind, _, path = body.strip("/").partition("/")
    path, version = _split_version(path)
    namespace, _, name = path.strip("/").rpartition("/")
    if scheme.lower() != "pkg" or not kind or not name:
        return None
    return Purl(
        kind=kind.lower(),
        namespace="/".join(unquote(part) for part in namespace.split("/") if part),
        name=unquote(name),
        version=unquote(version),
        qualifiers={key.lower(): value for key, value in parse_qsl(query.replace("+", "%2B"))},
    )


def _split_version(path: str) -> tuple[str, str]:
    """Split at the last ``@`` that does not begin a scope: some writers leave ``@scope/name`` unencoded."""
    head, mark, version = path.rpartition("@")
    return (head, version) if mark and head and "/" not in version else (path, "")


def _distribution(purl: Purl) -> str:
    name = _DISTRIBUTIONS.get(purl.namespace.lower(), "")
    distro = purl.qualifiers.get("distro", "")
    release = distro.rpartition("-")[2]
    if not name or not release[:1].isdigit():
        return name
    if purl.kind == "apk":
        # OSV names Alpine's branches, v3.19, not its releases.
        return f"{name}:v{'.'.join(release.split('.')[:2])}"
    return f"{name}:{release}"
