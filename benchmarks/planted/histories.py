"""A story becomes commits: who, when, which files, and which of them are releases with their change notes."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from benchmarks.planted.notes import note
from benchmarks.planted.stories import Story

CHANGE_LOG = "CHANGELOG.md"
LINES = 60
FILES = 40
RECENT = 3
"""How many of the latest versions matter, however long ago they came out."""
_DAY = timedelta(days=1)
_VERBS = ("Add", "Speed up", "Explain", "Test", "Simplify", "Mend", "Log", "Cache")
_NOUNS = ("parser", "reader", "queue", "retry", "cache", "report", "index", "schema", "door", "clock")


@dataclass(frozen=True)
class Commit:
    """One commit: the files that it writes, whole, and the tag that it gets where it is a release."""

    at: datetime
    name: str
    email: str
    subject: str
    files: Mapping[str, str]
    tag: str = ""


@dataclass(frozen=True)
class Moment:
    """When and by whom a commit is made, and the version that it releases, if any."""

    at: datetime
    author: int
    """Who of those taking turns; -1 is the leading author."""
    release: str = ""


def moments(story: Story, *, now: datetime) -> list[Moment]:
    """Return the moments of a history, oldest first: even steps, and releases where they are due."""
    first, last = now - story.days * _DAY, now - story.quiet * _DAY
    # Rounded down, the last commit is never later than a release that is due with it.
    step = (last - first) // max(1, story.commits - 1)
    times = [first + number * step for number in range(story.commits)]
    releases = _releases(story, times=times, now=now)
    turn, debt = count(), 0.0
    told = []
    for number, at in enumerate(times):
        leads = story.lead_share > 0 and at < now - story.lead_left * _DAY
        debt += story.lead_share if leads else 0.0
        author = -1 if debt >= 1 else next(turn) % story.people
        debt -= author < 0
        told.append(Moment(at=at, author=author, release=releases.get(number, "")))
    return told


def _releases(story: Story, *, times: list[datetime], now: datetime) -> dict[int, str]:
    """Return which commits are releases: counted back from the latest, one each interval, numbered from 1.0.0 on."""
    due = now - story.unreleased * _DAY
    found: list[int] = []
    for number in reversed(range(len(times))):
        if times[number] <= due:
            found.append(number)
            due -= story.release_every * _DAY
    return {number: f"1.{index // 5}.{index % 5}" for index, number in enumerate(reversed(found))}


def versions(told: list[Moment]) -> list[str]:
    """Return the versions that are released, oldest first."""
    return [moment.release for moment in told if moment.release]


def commits(story: Story, told: list[Moment], *, files: Mapping[str, str], seed: str) -> Iterator[Commit]:
    """Yield the commits. ``files`` are there from the first one; each later one writes parts of a source tree anew."""
    chance = random.Random(seed)
    tree: dict[str, list[str]] = {}
    log: list[str] = []
    last = versions(told)
    for number, moment in enumerate(told):
        written = {**files} if not number else {}
        for _ in range(chance.randint(1, 3)):
            path = f"src/part_{chance.randrange(FILES):02}.py"
            written[path] = _rewritten(tree.setdefault(path, []), chance=chance, number=number)
        if moment.release:
            left = len(last) - last.index(moment.release)
            old = left > RECENT and moment.at < told[-1].at - 400 * _DAY
            said = note(moment.release, at=moment.at, chance=chance, breaks=left <= story.breaking, old=old)
            log.insert(0, said + _deprecation(left=left, story=story))
            written[CHANGE_LOG] = "# Changes\n\n" + "\n".join(log)
        who = "lead" if moment.author < 0 else f"author-{moment.author}"
        yield Commit(
            at=moment.at,
            name=f"{who.capitalize()} of {seed}",
            email=f"{who}@{seed}.example",
            subject=f"Release {moment.release}" if moment.release else subject(chance),
            files=written,
            tag=f"v{moment.release}" if moment.release else "",
        )


def _deprecation(*, left: int, story: Story) -> str:
    return "\n### Deprecated\n\n- `old_door` is deprecated: use `new_door`.\n" if left <= story.deprecating else ""


def _rewritten(lines: list[str], *, chance: random.Random, number: int) -> str:
    """Return the file with a few lines changed, grown to its full length by and by."""
    for _ in range(chance.randint(1, 6)):
        line = f"value_{chance.randrange(10**6)} = {number}  # {chance.choice(_NOUNS)} {chance.choice(_NOUNS)}"
        if len(lines) < LINES:
            lines.append(line)
        else:
            lines[chance.randrange(LINES)] = line
    return "\n".join(lines) + "\n"


def subject(chance: random.Random) -> str:
    """Return the first line of a commit's message."""
    return f"{chance.choice(_VERBS)} the {chance.choice(_NOUNS)} of the {chance.choice(_NOUNS)}"
