"""What an index lists, as evidence: versions, the tags that they stand for, and the package itself as a dependency."""

from pydantic import JsonValue

from agents.contract import Evidence, Untrusted
from agents.sources.git.moments import believable, iso
from agents.sources.look import Look
from agents.sources.manifests.collecting import SOURCE as MANIFEST
from agents.sources.manifests.dependency import RUNTIME, Dependency
from agents.sources.packages.listing import Release
from agents.sources.packages.named import Package

SOURCE = "index"
VERSION, TAG, DEPENDENCY = "version", "tag", "dependency"
FILE = "package index"
"""What stands for the manifest of a package that is watched itself."""


def version(release: Release, package: Package, look: Look, *, latest: bool) -> Evidence:
    """Return a version, filed under its package."""
    return Evidence(
        target=look.target.id,
        source=SOURCE,
        kind=VERSION,
        key=release.version,
        at=release.at if believable(release.at, now=look.now) else None,
        title=Untrusted(f"{package.name} {release.version}"),
        data={
            "package": package.name,
            "ecosystem": package.ecosystem,
            "version": release.version,
            "yanked": release.yanked,
            "yanked_reason": release.yanked_reason,
            "deprecated": release.deprecated,
            "prerelease": release.prerelease,
            "latest": latest,
        },
        about=(package.subject,),
    )


def tag(told: Evidence) -> Evidence:
    """Return the tag that a version stands for, in the form that git's own have; the commit is not said."""
    data: dict[str, JsonValue] = {
        "name": told.key,
        "commit": "",
        "annotated": False,
        "tagged_at": iso(told.at),
        "committed_at": "",
        "subject": str(told.title),
    }
    return told.model_copy(update={"kind": TAG, "data": data, "about": ()})


def dependency(package: Package, look: Look, *, version: str) -> Evidence:
    """Return the package as what its own target uses; without a version, all that is known of it will count."""
    one = Dependency(ecosystem=package.ecosystem, name=package.name, version=version, direct=True)
    return Evidence(
        target=look.target.id,
        source=MANIFEST,
        kind=DEPENDENCY,
        key=f"{one.key}#{FILE}",
        title=Untrusted(f"{one.name} {one.version}".strip()),
        data={
            "ecosystem": one.ecosystem,
            "name": one.name,
            "version": one.version,
            "specifier": "",
            "scope": RUNTIME,
            "purl": "",
            "marker": "",
            "pinned": bool(version),
            "direct": True,
            "file": FILE,
        },
    )
