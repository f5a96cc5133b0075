"""A folder of OSV records becomes evidence: each record once, the newest where several files have it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Quarantined
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected, digest
from agents.sources.folders import paths_below, plain_file
from agents.sources.look import Look, counted, sentence
from agents.sources.osv.evidence import KIND, OSV, evidence_of
from agents.sources.osv.files import Raw, is_record_file, raw_records
from agents.sources.osv.record import Advisory, NoRecordError, advisory

SOURCE = OSV
FOLDER_DEPTH = 12
MAX_RECORDS = 100_000
_READER = "1"


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """The records met so far, and what could not be read."""

    look: Look
    records: dict[str, Advisory] = field(default_factory=dict)
    doubles: int = 0
    strays: list[Quarantined] = field(default_factory=list)

    def put(self, one: Advisory, *, key: str) -> None:
        """Keep a record; of two with the same id the one that was modified later."""
        known = self.records.get(one.id)
        self.doubles += known is not None
        if known is None or _modified(one) > _modified(known):
            self.records[one.id] = one
        for lost in one.lost:
            self.put_aside(key=f"{key}#{lost.partition(':')[0]}", reason=lost, raw=one.id)

    def put_aside(self, *, key: str, reason: str, raw: str = "") -> None:
        """Keep what could not be read, with the reason."""
        self.strays.append(self.look.quarantine(SOURCE, key=key, reason=reason, raw=raw))


def read_advisories(look: Look) -> Collected:
    """Return all records of the target's folder, or file, where anything in it changed since the last look, else none.

    Raises ``BadEvidenceError`` where there is no such folder. Records replace what was: one that is gone is gone.
    """
    root, paths = _paths(look.target.location)
    state = digest(_READER, *_prints(look, root, paths))
    before = look.cursor(SOURCE)
    if before.get("state") == state:
        return Collected(source=SOURCE, coverage=(_coverage(look, before),), cursor={**before})
    shelf = _Shelf(look=look)
    left = _fill(shelf, root=root, paths=paths)
    cursor = {"state": state, **_figures(shelf, files=len(paths), left=left)}
    return Collected(
        source=SOURCE,
        coverage=(_coverage(look, cursor),),
        evidence=tuple(evidence_of(one, look=look) for one in shelf.records.values()),
        quarantined=tuple(shelf.strays),
        cursor=cursor,
        replaces=(KIND,),
    )


def _paths(location: str) -> tuple[Path, list[str]]:
    place = Path(location).absolute()
    try:
        if place.is_file() and is_record_file(place.name):
            return place.parent, [place.name]
        next(place.iterdir(), None)
    except NotADirectoryError as error:
        raise _bad(location, "is no kind of file that OSV records come in") from error
    except (OSError, ValueError) as error:
        raise _bad(location, f"cannot be opened ({error})") from error
    return place, paths_below(place, depth=FOLDER_DEPTH, wanted=is_record_file, entered=bool)


def _bad(location: str, what: str) -> BadEvidenceError:
    return BadEvidenceError(
        f"advisories target, path {location!r}: {what}; name a folder of OSV records (*.json, *.jsonl, *.yaml)"
    )


def _prints(look: Look, root: Path, paths: list[str]) -> Iterator[str]:
    for path in paths:
        look.go_on(doing="looking for changed advisories")
        yield f"{path}\0{_print(plain_file(root, path))}"


def _print(place: Path | None) -> str:
    if place is None:
        return "no file"
    try:
        with place.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return "unreadable"


def _fill(shelf: _Shelf, *, root: Path, paths: list[str]) -> int:
    """Read the files into the shelf; return how many of them were not read to their end because it is full."""
    for number, path in enumerate(paths):
        shelf.look.go_on(doing="reading the advisories")
        try:
            for raw in _raw(root, path):
                if len(shelf.records) >= MAX_RECORDS:
                    return len(paths) - number
                _take(raw, path=path, shelf=shelf)
        except OSError as error:
            shelf.put_aside(key=path, reason=f"cannot be opened ({error})")
    return 0


def _raw(root: Path, path: str) -> Iterator[Raw]:
    place = plain_file(root, path)
    return iter([Raw(fault="is no plain file inside the folder")]) if place is None else raw_records(place)


def _take(raw: Raw, *, path: str, shelf: _Shelf) -> None:
    key = f"{path}:{raw.line}" if raw.line else path
    if raw.fault:
        shelf.put_aside(key=key, reason=raw.fault, raw=raw.excerpt)
        return
    try:
        shelf.put(advisory(raw.value), key=key)
    except NoRecordError as error:
        shelf.put_aside(key=key, reason=str(error), raw=raw.excerpt)


def _modified(one: Advisory) -> float:
    return one.modified.timestamp() if one.modified else 0.0


def _figures(shelf: _Shelf, *, files: int, left: int) -> dict[str, JsonValue]:
    records = shelf.records.values()
    newest = max((one.modified for one in records if one.modified), default=None)
    return {
        "seen": len(records),
        "files": files,
        "files_left": left,
        "left_out": len(shelf.strays),
        "dirty": sum(bool(one.dirt) for one in records),
        "doubles": shelf.doubles,
        "newest": newest.date().isoformat() if newest else "",
    }


def _coverage(look: Look, figures: Mapping[str, JsonValue]) -> Coverage:
    """Return the coverage that a cursor tells: of this look, or of an earlier one that nothing changed since."""
    seen = figures.get("seen")
    count = seen if isinstance(seen, int) else 0
    lacks = bool(figures.get("left_out") or figures.get("files_left"))
    words = (
        ("newest", "the newest record is of {}"),
        ("dirty", "records that break the schema and were read as far as they go: {}"),
        ("doubles", "records that lie there more than once, the newest of each counts: {}"),
        ("left_out", "put aside as unreadable: {}"),
        ("files_left", "files left unread, as the folder has more records than are kept: {}"),
    )
    said = [form.format(figures[name]) for name, form in words if figures.get(name)]
    files = figures.get("files")
    looked = counted(files, "file") if isinstance(files, int) and files else "the folder holds no OSV files"
    return look.coverage(SOURCE, _state(count, lacks=lacks), items=count, detail=sentence(looked, *said))


def _state(count: int, *, lacks: bool) -> CoverageState:
    if lacks:
        return CoverageState.PARTIAL if count else CoverageState.FAILED
    return CoverageState.COMPLETE if count else CoverageState.ZERO
