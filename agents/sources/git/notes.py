"""Change notes: what a project's own change logs, as HEAD has them, say of each version."""

import re
from datetime import UTC, datetime, time

from pydantic import JsonValue

from agents.contract import CoverageState, Evidence, Quarantined, Untrusted
from agents.sources.collected import Collected, digest
from agents.sources.git.changelog import Section, sections
from agents.sources.git.command import Git
from agents.sources.git.errors import GitRefusedError
from agents.sources.git.head import head
from agents.sources.git.tree import TreeFile, content, files
from agents.sources.look import KEY_LIMIT, Look, sentence
from agents.sources.text import clean, clean_line

SOURCE = "git:notes"
MAX_BYTES = 5 << 20
MAX_FILES = 50
POINTER_LINES = 10
"""A file as short as this that names no version only points to where the change log is."""
RAW_START = 500
"""Characters of an unreadable change log that are kept."""
_READER = "1"

_NAME = re.compile(
    r"(?:docs?/)?(?:change-?_?logs?|changes|history|news|releases|release[-_]?notes)(?:\.(?:md|markdown|rst|txt))?",
    re.IGNORECASE,
)


def is_change_log(path: str) -> bool:
    """Say whether the path, from the repository's root, is that of a change log; ``docs/`` is looked into."""
    return _NAME.fullmatch(path) is not None


def read_notes(git: Git, look: Look) -> Collected:
    """Return all sections of all change logs where one of them changed since the last look, else none."""
    try:
        newest = head(git)
        found = [*files(git, newest, wanted=is_change_log)][:MAX_FILES] if newest else []
        state = digest(_READER, *(f"{file.path}\0{file.blob}" for file in found))
        before = look.cursor(SOURCE)
        seen = before.get("seen")
        if before.get("state") == state and isinstance(seen, int):
            return _answer(look, seen=seen, cursor={**before})
        read = [_read(git, file, look=look) for file in found]
    except GitRefusedError as error:
        why = f"git cannot read the change logs ({error}); try git fsck"
        return Collected(source=SOURCE, coverage=(look.coverage(SOURCE, CoverageState.FAILED, detail=why),))
    evidence = tuple(item for items, _ in read for item in items)
    quarantined = tuple(item for _, items in read for item in items)
    cursor: dict[str, JsonValue] = {
        "state": state,
        "seen": len(evidence),
        "files": [clean(file.path, limit=KEY_LIMIT) for file in found],
        "left_out": len(quarantined),
    }
    return _answer(look, seen=len(evidence), cursor=cursor, read=(evidence, quarantined))


def _read(git: Git, file: TreeFile, *, look: Look) -> tuple[tuple[Evidence, ...], tuple[Quarantined, ...]]:
    look.go_on(doing="reading the change notes")
    if file.size > MAX_BYTES:
        reason = f"{file.size:,} bytes are more than a change log may have here ({MAX_BYTES:,})"
        return (), (look.quarantine(SOURCE, key=file.path, reason=reason),)
    try:
        text = content(git, file).decode("utf-8", "replace")
    except GitRefusedError as error:
        return (), (look.quarantine(SOURCE, key=file.path, reason=str(error)),)
    found = sections(text)
    if not found and len(text.splitlines()) > POINTER_LINES:
        reason = "no heading of it names a version, so nothing says which release its words are about"
        return (), (look.quarantine(SOURCE, key=file.path, reason=reason, raw=text[:RAW_START]),)
    taken: dict[str, int] = {}
    return tuple(_evidence(section, file=file, taken=taken, look=look) for section in found), ()


def _evidence(section: Section, *, file: TreeFile, taken: dict[str, int], look: Look) -> Evidence:
    path = clean_line(file.path, limit=KEY_LIMIT)
    version = clean_line(section.version, limit=KEY_LIMIT)
    taken[version] = taken.get(version, 0) + 1
    # A version that has two sections (a pre-release's and its own, a slip) keeps both.
    suffix = f"~{taken[version]}" if taken[version] > 1 else ""
    return Evidence(
        target=look.target.id,
        source="git",
        kind="change_note",
        key=f"{path}#{version}{suffix}",
        at=None if section.date is None else datetime.combine(section.date, time(), UTC),
        title=Untrusted(clean_line(section.heading, limit=KEY_LIMIT)),
        data={
            "file": path,
            "line": section.line,
            "version": version,
            "unreleased": section.unreleased,
            "date": section.date.isoformat() if section.date else "",
            "heading": clean_line(section.heading, limit=KEY_LIMIT),
            "text": clean(section.text, limit=len(section.text)),
        },
    )


def _answer(
    look: Look,
    *,
    seen: int,
    cursor: dict[str, JsonValue],
    read: tuple[tuple[Evidence, ...], tuple[Quarantined, ...]] | None = None,
) -> Collected:
    paths = cursor.get("files")
    named = ", ".join(map(str, paths)) if isinstance(paths, list) else ""
    lost = cursor.get("left_out")
    state = CoverageState.PARTIAL if lost else CoverageState.COMPLETE if seen else CoverageState.ZERO
    detail = sentence(f"from {named}" if named else "no change log", f"could not be read: {lost}" if lost else "")
    evidence, quarantined = read or ((), ())
    return Collected(
        source=SOURCE,
        coverage=(look.coverage(SOURCE, state, items=seen, detail=detail),),
        evidence=evidence,
        quarantined=quarantined,
        cursor=cursor,
        replaces=() if read is None else ("change_note",),
    )
