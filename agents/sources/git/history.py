"""Commits of the history that HEAD names: all of them at the first look, only the new ones after that."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Evidence, Quarantined
from agents.sources.collected import Collected
from agents.sources.git import commits
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.head import head
from agents.sources.git.span import Span, span, window
from agents.sources.look import Look, counted, sentence

SOURCE = "git"
MAX_SIZED = 10_000
"""Of how many of the newest commits the size is measured: it costs ten times what all the rest does."""
_CHECK_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Commits:
    """What one look read, and why it ended before the end, if it did."""

    evidence: tuple[Evidence, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    broken: str = ""
    unsized: str = ""


def read_history(git: Git, look: Look, *, note: str = "") -> Collected:
    """Return the commits since the last look. ``note`` is said in the coverage: whose repository it is.

    The cursor holds the newest commit. Where that is no longer part of the history (a forced push), where a shallow
    clone was deepened, the map of names changed, or the options did, everything is read again and replaces what was.
    """
    try:
        newest = head(git)
        if newest is None:
            return _empty(look)
        plan = span(git, look, source=SOURCE, newest=newest)
        read = _read(git, look, plan=plan)
        total = int(git.line("rev-list", "--count", *window(look), newest, "--")) if not read.broken else 0
    except GitRefusedError as error:
        return Collected(source=SOURCE, coverage=(_failed(look, str(error)),))
    return _collected(look, plan=plan, read=read, total=total, note=note)


def _empty(look: Look) -> Collected:
    coverage = look.coverage(SOURCE, CoverageState.ZERO, detail="the repository has no commits yet")
    return Collected(source=SOURCE, coverage=(coverage,), replaces=("commit",))


def _read(git: Git, look: Look, *, plan: Span) -> Commits:
    sizes, unsized = _sizes(git, look, plan=plan)
    read: list[Evidence] = []
    strays: list[Quarantined] = []
    broken = ""
    try:
        for row in _rows(git, look, plan=plan):
            if commits.is_commit(row):
                read.append(commits.evidence(row, target=look.target.id, now=look.now, size=sizes.get(row[0])))
            else:
                strays.append(_stray(row, look=look))
    except GitRefusedError as error:
        broken = str(error)
    return Commits(evidence=tuple(read), quarantined=tuple(strays), broken=broken, unsized=unsized)


def _rows(git: Git, look: Look, *, plan: Span) -> Iterator[commits.Record]:
    for number, row in enumerate(commits.log(git, f"--max-count={plan.limit}", *window(look), *plan.selection)):
        if not number % _CHECK_EVERY:
            look.go_on(doing="reading the history")
        yield row


def _stray(row: commits.Record, *, look: Look) -> Quarantined:
    return look.quarantine(SOURCE, key=row[0], reason="git's record of a commit starts with no hash", raw=" ".join(row))


def _sizes(git: Git, look: Look, *, plan: Span) -> tuple[dict[str, commits.Size], str]:
    found: dict[str, commits.Size] = {}
    selection = (f"--max-count={min(plan.limit, MAX_SIZED)}", *window(look), *plan.selection)
    try:
        # What was found before git gave up is kept.
        found.update(commits.sizes(git, *selection))
        unsized = ""
    except GitRefusedError as error:
        unsized = f"the sizes of commits could not be read ({error})"
    # At the cut of a shallow clone a commit looks as if it had made every file.
    return {commit: size for commit, size in found.items() if commit not in plan.boundary}, unsized


def _collected(look: Look, *, plan: Span, read: Commits, total: int, note: str) -> Collected:
    seen = plan.held + len(read.evidence)
    dates = [item.at.date().isoformat() for item in read.evidence if item.at is not None]
    oldest = min([*dates, *filter(None, [plan.oldest])], default="")
    cursor: dict[str, JsonValue] = {"head": plan.head, "shape": plan.shape, "seen": seen, "oldest": oldest}
    lacks = _lacks(plan=plan, read=read, seen=seen, total=total, oldest=oldest)
    return Collected(
        source=SOURCE,
        coverage=(_coverage(look, read=read, seen=seen, lacks=lacks, notes=(read.unsized, note)),),
        evidence=read.evidence,
        quarantined=read.quarantined,
        cursor=None if read.broken else cursor,
        replaces=("commit",) if plan.afresh and not read.broken else (),
    )


def _coverage(look: Look, *, read: Commits, seen: int, lacks: list[str], notes: tuple[str, ...]) -> Coverage:
    if read.broken and not seen:
        return _failed(look, read.broken)
    whole = CoverageState.COMPLETE if seen else CoverageState.ZERO
    since = look.target.options.get("since")
    asked = "" if since is None else f"since {since}, as the target's option asks"
    state = CoverageState.PARTIAL if lacks else whole
    return look.coverage(SOURCE, state, items=seen, detail=sentence(asked, *lacks, *notes))


def _lacks(*, plan: Span, read: Commits, seen: int, total: int, oldest: str) -> list[str]:
    many = counted(seen, "commit")
    lacks = []
    if plan.boundary:
        since = f" since {oldest}" if oldest else ""
        lacks.append(f"a shallow clone: {many}{since}; git fetch --unshallow brings the rest")
    if read.broken:
        lacks.append(f"the history breaks off after {many} ({read.broken}); git fsck shows where")
    elif seen < total:
        lacks.append(f"{seen:,} of {counted(total, 'commit')}; raise the target's option max_commits to read more")
    if read.quarantined:
        lacks.append(f"records that could not be read: {len(read.quarantined)}")
    return lacks


def _failed(look: Look, why: str) -> Coverage:
    return look.coverage(SOURCE, CoverageState.FAILED, detail=f"git cannot read the history ({why}); try git fsck")
