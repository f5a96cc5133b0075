"""A watched package: its versions from its index, and itself as a dependency, so that its known flaws are looked up."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState
from agents.errors import SourceUnavailableError
from agents.sources.collected import Collected, digest
from agents.sources.http.client import Http
from agents.sources.http.errors import GoneError, RefusedError
from agents.sources.http.page import Page
from agents.sources.look import Look, counted, sentence
from agents.sources.manifests.collecting import SOURCE as MANIFEST
from agents.sources.manifests.dependency import NPM, PYPI
from agents.sources.packages import items, npm, pypi
from agents.sources.packages.items import DEPENDENCY, SOURCE, TAG, VERSION
from agents.sources.packages.listing import Listing, NoListingError
from agents.sources.packages.named import Package, package_of

PYPI_SITE, NPM_SITE = "index:pypi", "index:npm"
_READER = "1"
_MOST_STRAYS = 100


class _Index(NamedTuple):
    """A kind of index."""

    site: str
    setting: str
    fetch: Callable[[Http, str], Page]
    """Asks it for a package by name."""
    read: Callable[..., Listing]


def read_package(http: Http, look: Look) -> tuple[Collected, ...]:
    """Return a package's versions where its index's answer changed since the last look, and the package itself.

    Two parts: the index's, whose versions and tags replace what was, and the dependency that the package is to its own
    target: in its newest stable version, or in none where its index is not set up. Raises ``BadEvidenceError`` where
    the target names no package, before anything is asked; ``GoneError`` where its index never had it;
    ``SourceUnavailableError`` where what came is no listing; and otherwise as ``Http.get`` does.
    """
    package = package_of(look.target)
    index = _INDEXES.get(package.ecosystem)
    if index is None or not http.knows(index.site):
        return _unlisted(look, package, _how_to_add(package, index))
    before = look.cursor(SOURCE)
    try:
        page = index.fetch(http, package.name)
    except GoneError as error:
        if not before.get("seen"):
            raise GoneError(
                f"target {look.target.id}: its index has no package {package.name!r}; look at its name, and at "
                f"{index.setting} ({error})",
                status=error.status,
            ) from error
        return _gone(look, package, before, error)
    state = digest(_READER, page.body)
    if before.get("state") == state:
        return _unchanged(look, package, before)
    return _listed(look, package, _listing(page, package, index), state=state)


def _listing(page: Page, package: Package, index: _Index) -> Listing:
    """Return what a page lists."""
    try:
        return index.read(page.json(), name=package.name)
    except NoListingError as error:
        raise SourceUnavailableError(f"{page.url}: what came {error}; look at {index.setting}") from error
    except SourceUnavailableError as error:
        raise SourceUnavailableError(f"{error}; look at {index.setting}") from error


def _pypi(http: Http, name: str) -> Page:
    return http.get(PYPI_SITE, pypi.path_of(name), accept=pypi.ACCEPT)


def _npm(http: Http, name: str) -> Page:
    """Return the whole packument, or the abbreviated one where that is larger than what is read."""
    try:
        return http.get(NPM_SITE, npm.path_of(name), accept=npm.ACCEPT)
    except RefusedError as error:
        if error.status:
            raise
        return http.get(NPM_SITE, npm.path_of(name), accept=npm.ABBREVIATED)


_INDEXES: Mapping[str, _Index] = MappingProxyType(
    {
        PYPI: _Index(PYPI_SITE, "LOOKOUT_PYPI_URL", _pypi, pypi.read_pypi),
        NPM: _Index(NPM_SITE, "LOOKOUT_NPM_URL", _npm, npm.read_npm),
    }
)


def _how_to_add(package: Package, index: _Index | None) -> str:
    """Return why a package's versions are not known, and what to do about it."""
    if index is None:
        return f"no index of {package.ecosystem} is read, only those of {' and '.join(_INDEXES)}"
    return f"no index of {package.ecosystem} is set up: set {index.setting} to the address of one"


def _unlisted(look: Look, package: Package, why: str) -> tuple[Collected, ...]:
    """Return the package without versions: all that is known of it will count."""
    lack = look.coverage(SOURCE, CoverageState.NOT_COLLECTED, detail=why)
    return Collected(source=SOURCE, coverage=(lack,)), _itself(look, package, latest="")


def _gone(look: Look, package: Package, before: Mapping[str, JsonValue], error: GoneError) -> tuple[Collected, ...]:
    """Return that the index has no such package any more; what was known of it stays."""
    why = f"the index had it and has it no more: it was removed, or hidden from us ({error}); what was known is kept"
    lack = look.coverage(SOURCE, CoverageState.FAILED, detail=why)
    return Collected(source=SOURCE, coverage=(lack,)), _itself(look, package, latest=_latest(before))


def _unchanged(look: Look, package: Package, before: Mapping[str, JsonValue]) -> tuple[Collected, ...]:
    """Return that no version changed."""
    index = Collected(source=SOURCE, coverage=(_coverage(look, before),), cursor={**before})
    return index, _itself(look, package, latest=_latest(before))


def _latest(before: Mapping[str, JsonValue]) -> str:
    """Return the version that was the newest at the last look."""
    latest = before.get("latest")
    return latest if isinstance(latest, str) else ""


def _listed(look: Look, package: Package, listing: Listing, *, state: str) -> tuple[Collected, ...]:
    """Return all that the index lists."""
    versions = [items.version(one, package, look, latest=one.version == listing.latest) for one in listing.releases]
    strays = listing.strays[:_MOST_STRAYS]
    cursor: dict[str, JsonValue] = {
        "state": state,
        "seen": len(versions),
        "latest": listing.latest,
        "yanked": sum(one.yanked for one in listing.releases),
        "left_out": len(listing.strays),
        "cut": listing.cut,
        "notes": [*listing.notes],
    }
    index = Collected(
        source=SOURCE,
        coverage=(_coverage(look, cursor),),
        evidence=(*versions, *map(items.tag, versions)),
        quarantined=tuple(look.quarantine(SOURCE, key=one.key, reason=one.reason, raw=one.raw) for one in strays),
        cursor=cursor,
        replaces=(VERSION, TAG),
    )
    return index, _itself(look, package, latest=listing.latest)


def _itself(look: Look, package: Package, *, latest: str) -> Collected:
    """Return the package as what its own target uses. It is told at every look: an index may come and go."""
    said = f"the package itself, in its newest version {latest}" if latest else "the package itself, in no version"
    return Collected(
        source=MANIFEST,
        coverage=(look.coverage(MANIFEST, CoverageState.COMPLETE, items=1, detail=said),),
        evidence=(items.dependency(package, look, version=latest),),
        replaces=(DEPENDENCY,),
    )


def _coverage(look: Look, figures: Mapping[str, JsonValue]) -> Coverage:
    """Return the coverage that a cursor tells: of this look, or of an earlier one that nothing changed since."""
    seen, notes = figures.get("seen"), figures.get("notes")
    count = seen if isinstance(seen, int) else 0
    said = [str(note) for note in notes] if isinstance(notes, list) else []
    if figures.get("yanked"):
        said.append(f"taken back or removed: {figures['yanked']}")
    lacks = []
    if figures.get("left_out"):
        lacks.append(f"put aside as unreadable: {figures['left_out']}")
    if figures.get("cut"):
        lacks.append("it has more versions or files than are read")
    whole = CoverageState.COMPLETE if count else CoverageState.ZERO
    part = CoverageState.PARTIAL if count else CoverageState.FAILED
    detail = sentence(counted(count, "version"), *said, *lacks)
    return look.coverage(SOURCE, part if lacks else whole, items=count, detail=detail)
