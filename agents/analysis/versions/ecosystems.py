"""Which order each ecosystem keeps, by OSV's names of ecosystems (OSV schema, "Defined ecosystems").

An ecosystem that is not here has no verdicts: no rules of its own, rules that are not public, or none that we checked.
"""

from agents.analysis.versions.alpine import alpine_key
from agents.analysis.versions.debian import debian_key
from agents.analysis.versions.maven import maven_key
from agents.analysis.versions.nuget import nuget_key
from agents.analysis.versions.numeric import cran_key, hackage_key
from agents.analysis.versions.packagist import packagist_key
from agents.analysis.versions.pypi import legacy_key, pypi_key
from agents.analysis.versions.rpm import rpm_key
from agents.analysis.versions.rubygems import rubygems_key
from agents.analysis.versions.semver import pub_key, semver_key
from agents.analysis.versions.version_order import VersionOrder
from agents.errors import BadEvidenceError

SEMVER = VersionOrder("semver", semver_key)
APK = VersionOrder("apk", alpine_key)
DEBIAN = VersionOrder("debian", debian_key)
RPM = VersionOrder("rpm", rpm_key)
NUMERIC = VersionOrder("cran", cran_key)

ORDERS = {
    **dict.fromkeys(("alpaquita", "alpine", "bellsoft hardened containers", "chainguard", "minimos", "wolfi"), APK),
    **dict.fromkeys(("debian", "echo", "ubuntu"), DEBIAN),
    **dict.fromkeys(("almalinux", "azure linux", "mageia", "openeuler", "opensuse", "photon os"), RPM),
    **dict.fromkeys(("red hat", "rocky linux", "suse"), RPM),
    **dict.fromkeys(("bitnami", "crates.io", "github actions", "go", "hex", "julia", "npm"), SEMVER),
    **dict.fromkeys(("semver", "swifturl"), SEMVER),
    **dict.fromkeys(("bioconductor", "cran"), NUMERIC),
    **dict.fromkeys(("ghc", "hackage"), VersionOrder("hackage", hackage_key)),
    "maven": VersionOrder("maven", maven_key),
    "nuget": VersionOrder("nuget", nuget_key),
    "packagist": VersionOrder("packagist", packagist_key),
    "pub": VersionOrder("pub", pub_key),
    "pypi": VersionOrder("pypi", pypi_key, fallback=legacy_key),
    "rubygems": VersionOrder("rubygems", rubygems_key),
}


class UnknownEcosystemError(BadEvidenceError):
    """No order is known for the ecosystem, so nothing can be said about its versions."""

    def __init__(self, ecosystem: str) -> None:
        super().__init__(
            f"ecosystem {ecosystem!r}: no version order is known for it, so its versions cannot be compared; "
            "use one of OSV's names, such as 'PyPI', 'npm' or 'Debian:12'"
        )


def order(ecosystem: str) -> VersionOrder:
    """Return the version order of an ecosystem; what stands after a colon (a release) and case do not matter.

    Raises UnknownEcosystemError where none is known: never a guess.
    """
    base = ecosystem.partition(":")[0].strip().lower()
    if base not in ORDERS:
        raise UnknownEcosystemError(ecosystem)
    return ORDERS[base]
