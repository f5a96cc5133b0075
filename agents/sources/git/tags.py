"""Tags: names that people gave to commits, which is how most projects mark a release."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from agents.contract import CoverageState, Evidence, Quarantined, Untrusted
from agents.sources.collected import Collected, digest
from agents.sources.git.command import Git
from agents.sources.git.commits import SUBJECT_LIMIT
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.fields import records
from agents.sources.git.head import shallow_boundary
from agents.sources.git.moments import believable, iso, moment
from agents.sources.look import KEY_LIMIT, Look, sentence
from agents.sources.text import clean_line

SOURCE = "git:tags"
MAX_TAGS = 20_000
_READER = "1"

_FIELDS = (
    "refname:strip=2",
    "objecttype",
    "objectname",
    "*objecttype",
    "*objectname",
    "taggerdate:unix",
    "committerdate:unix",
    "*committerdate:unix",
    "contents:subject",
)
_FORMAT = "".join(f"%({name})%00" for name in _FIELDS)
_WIDTH = len(_FIELDS)
_NEWEST_FIRST = "--sort=-creatordate"


def read_tags(git: Git, look: Look) -> Collected:
    """Return all tags where any of them changed since the last look, else none; there is no such thing as a new part.

    A tag that was deleted or moved is gone from the evidence: the report replaces what was.
    """
    limit = look.whole_number("max_tags", default=MAX_TAGS)
    try:
        state = digest(_READER, str(limit), git.read("for-each-ref", "--format=%(refname) %(objectname)", "refs/tags"))
        cut = bool(shallow_boundary(git))
        before = look.cursor(SOURCE)
        seen = before.get("seen")
        if before.get("state") == state and isinstance(seen, int):
            return _answer(look, seen=seen, cut=cut, cursor={**before})
        rows = list(_rows(git, limit=limit))
    except GitRefusedError as error:
        why = f"git cannot read the tags ({error}); try git fsck"
        return Collected(source=SOURCE, coverage=(look.coverage(SOURCE, CoverageState.FAILED, detail=why),))
    evidence = tuple(_evidence(row, look=look) for row in rows if _commit(row))
    strays = tuple(_stray(row, look=look) for row in rows if not _commit(row))
    cursor: dict[str, JsonValue] = {"state": state, "seen": len(evidence), "left_out": len(strays)}
    return _answer(look, seen=len(evidence), cut=cut, cursor=cursor, read=(evidence, strays))


def _rows(git: Git, *, limit: int) -> Iterator[tuple[str, ...]]:
    answer = git.stream("for-each-ref", f"--count={limit}", _NEWEST_FIRST, f"--format={_FORMAT}", "refs/tags")
    return records(answer, width=_WIDTH)


def _commit(row: tuple[str, ...]) -> str:
    """Return the hash of the commit that the tag names, itself or through one tag object; empty where it names none."""
    _, kind, name, inner_kind, inner_name, *_ = row
    if kind == "commit":
        return name
    return inner_name if inner_kind == "commit" else ""


def _evidence(row: tuple[str, ...], *, look: Look) -> Evidence:
    annotated = row[1] == "tag"
    tagged, committed = moment(row[5]), moment(row[7] if annotated else row[6])
    name = clean_line(row[0], limit=KEY_LIMIT)
    return Evidence(
        target=look.target.id,
        source="git",
        kind="tag",
        key=name,
        at=_first_believable(tagged, committed, now=look.now),
        title=Untrusted(name),
        data={
            "name": name,
            "commit": _commit(row),
            "annotated": annotated,
            "tagged_at": iso(tagged),
            "committed_at": iso(committed),
            "subject": clean_line(row[8], limit=SUBJECT_LIMIT) if annotated else "",
        },
    )


def _first_believable(*moments: datetime | None, now: datetime) -> datetime | None:
    return next((when for when in moments if believable(when, now=now)), None)


def _stray(row: tuple[str, ...], *, look: Look) -> Quarantined:
    pointed = row[3] or row[1]
    return look.quarantine(SOURCE, key=f"refs/tags/{row[0]}", reason=f"the tag names a {pointed}, not a commit")


def _answer(
    look: Look,
    *,
    seen: int,
    cut: bool,
    cursor: dict[str, JsonValue],
    read: tuple[tuple[Evidence, ...], tuple[Quarantined, ...]] | None = None,
) -> Collected:
    strays = f"tags that name no commit: {cursor['left_out']}" if cursor.get("left_out") else ""
    shallow = "a shallow clone may lack tags; git fetch --unshallow --tags brings them" if cut else ""
    whole = CoverageState.COMPLETE if seen else CoverageState.ZERO
    coverage = look.coverage(
        SOURCE, CoverageState.PARTIAL if cut else whole, items=seen, detail=sentence(shallow, strays)
    )
    evidence, quarantined = read or ((), ())
    return Collected(
        source=SOURCE,
        coverage=(coverage,),
        evidence=evidence,
        quarantined=quarantined,
        cursor=cursor,
        replaces=() if read is None else ("tag",),
    )
