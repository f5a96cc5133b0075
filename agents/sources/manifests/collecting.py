"""Manifests become evidence: every one of them parsed, bad parts put aside, the same package of a file said once."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Evidence, Untrusted
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected, digest
from agents.sources.look import KEY_LIMIT, Look, counted, sentence
from agents.sources.manifests.dependency import Dependency, Problem, UnreadableError
from agents.sources.manifests.formats import KNOWN
from agents.sources.manifests.reading import Read, read
from agents.sources.manifests.shelf import Manifest, Shelf
from agents.sources.text import clean_line

SOURCE = "manifest"
MAX_FILES = 500
MAX_DEPENDENCIES = 200_000
_READER = "1"
_TEXT_LIMIT = 500
_LACKS_SHOWN = 5


@dataclass(slots=True, kw_only=True)
class _Queue:
    """The manifests still to be read; what they include joins them, each file once."""

    shelf: Shelf
    waiting: list[Manifest]
    met: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[Manifest]:
        while self.waiting and len(self.met) < MAX_FILES:
            manifest = self.waiting.pop(0)
            if manifest.path not in self.met:
                self.met.add(manifest.path)
                yield manifest

    def include(self, paths: tuple[str, ...], *, by: str) -> Iterator[Problem]:
        """Add the files that one of them includes; yield a problem for each that is not there."""
        for path in paths:
            whole = posixpath.normpath(posixpath.join(posixpath.dirname(by), path))
            found = self.shelf.at(whole)
            if found is None:
                yield Problem(reason=f"includes {path!r}, which is not a file beside it", raw=path)
            else:
                self.waiting.append(found)


def read_manifests(shelf: Shelf, look: Look) -> Collected:
    """Return all dependencies where a manifest changed since the last look, else none; they replace what was.

    Raises ``BadEvidenceError`` where the one file that a person named does not parse; one of a folder is put aside.
    """
    queue = _Queue(shelf=shelf, waiting=list(shelf.manifests()))
    done: list[Read] = []
    for manifest in queue:
        look.go_on(doing="reading the manifests")
        one = read(manifest)
        if one.broken is not None and manifest.path == shelf.only:
            raise _bad(look, one.broken)
        done.append(one.with_problems(queue.include(one.parsed.includes, by=manifest.path)))
    return _collected(look, done=done, unread=len(queue.waiting))


def _bad(look: Look, error: UnreadableError) -> BadEvidenceError:
    line = f", line {error.line}" if error.line else ""
    return BadEvidenceError(
        f"sbom target, file {look.target.location}{line}: {error.reason}; "
        f"mend it or have its tool write it anew. Known are: {KNOWN}"
    )


def _collected(look: Look, *, done: list[Read], unread: int) -> Collected:
    state = digest(_READER, *(f"{one.path}\0{one.fingerprint}" for one in done))
    before = look.cursor(SOURCE)
    if before.get("state") == state:
        return Collected(source=SOURCE, coverage=(_coverage(look, before),), cursor={**before})
    evidence = {item.key: item for one in done for item in _evidence(one, look=look)}
    lacks = [f"{unread:,} more files were left unread"] if unread else []
    if len(evidence) > MAX_DEPENDENCIES:
        lacks.append(f"{len(evidence):,} dependencies are more than are kept ({MAX_DEPENDENCIES:,})")
    kept = tuple(evidence.values())[:MAX_DEPENDENCIES]
    lacks.extend(f"{one.path} does not parse" for one in done if one.broken is not None)
    cursor: dict[str, JsonValue] = {
        "state": state,
        "seen": len(kept),
        "files": len(done),
        "left_out": sum(len(one.problems) for one in done),
        "lacks": [clean_line(lack, limit=_TEXT_LIMIT) for lack in lacks],
    }
    return Collected(
        source=SOURCE,
        coverage=(_coverage(look, cursor),),
        evidence=kept,
        quarantined=tuple(
            look.quarantine(SOURCE, key=_place(one.path, problem), reason=problem.reason, raw=problem.raw)
            for one in done
            for problem in one.problems
        ),
        cursor=cursor,
        replaces=("dependency",),
    )


def _place(path: str, problem: Problem) -> str:
    # Two problems of one file are two items, also where the format has no lines.
    return f"{path}:{problem.line}" if problem.line else f"{path}#{digest(problem.reason, problem.raw)[:8]}"


def _evidence(one: Read, *, look: Look) -> Iterator[Evidence]:
    path = clean_line(one.path, limit=KEY_LIMIT)
    for dependency in one.parsed.dependencies:
        words = _words(dependency)
        yield Evidence(
            target=look.target.id,
            source=SOURCE,
            kind="dependency",
            key=f"{clean_line(dependency.key, limit=KEY_LIMIT)}#{path}",
            title=Untrusted(f"{words['name']} {words['version'] or words['specifier']}".strip()),
            data={
                **words,
                "pinned": bool(dependency.version),
                "direct": dependency.direct,
                "file": path,
            },
        )


def _words(dependency: Dependency) -> dict[str, JsonValue]:
    words = {
        "ecosystem": dependency.ecosystem,
        "name": dependency.name,
        "version": dependency.version,
        "specifier": dependency.specifier,
        "scope": dependency.scope,
        "purl": dependency.purl,
        "marker": dependency.marker,
    }
    return {part: clean_line(said, limit=_TEXT_LIMIT) for part, said in words.items()}


def _coverage(look: Look, cursor: Mapping[str, JsonValue]) -> Coverage:
    """Return the coverage that a cursor tells: of this look, or of an earlier one that nothing changed since."""
    seen, files, left_out, said = (cursor.get(part) for part in ("seen", "files", "left_out", "lacks"))
    lacks = [str(lack) for lack in said] if isinstance(said, list) else []
    if left_out:
        lacks.append(f"put aside as unreadable: {left_out}")
    count = seen if isinstance(seen, int) else 0
    whole = CoverageState.COMPLETE if count else CoverageState.ZERO
    looked = (
        counted(files, "manifest") if isinstance(files, int) and files else f"no manifest found; known are: {KNOWN}"
    )
    detail = sentence(looked, *lacks[:_LACKS_SHOWN])
    return look.coverage(SOURCE, CoverageState.PARTIAL if lacks else whole, items=count, detail=detail)
