"""The year before: commits, releases, questions and pull requests of a project, drawn by a seed and always the same."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from orchestrator.recordings.incident.cast import PASSERS_BY, Asked, Project, Shipped
from orchestrator.recordings.incident.lots import number, one_of, sha, share
from orchestrator.recordings.incident.story import Comment, Commit, Issue, Person, Release, Upload

_YEAR_DAYS = 364.0
_VERBS = (
    "Fix {} after a restart", "Fix {} under load", "Add a test for {}", "Document {}", "Speed up {}", "Simplify {}",
    "Add a switch for {}", "Tell what is wrong with {}", "Clean up {}", "Keep {} within limits",
)  # fmt: skip
_REVIEWED = 0.4
"""The share of commits that came as pull requests."""


def commits(project: Project, *, as_of: datetime, seed: int) -> Iterator[Commit]:
    """Yield a project's ordinary commits, and one for each release just before it; in no order."""
    name = project.name
    for nth in range(project.commits):
        back = project.quiet_days + share(seed, name, "day", nth) * (_YEAR_DAYS - project.quiet_days)
        thing = one_of(project.things, seed, name, "thing", nth)
        text = one_of(_VERBS, seed, name, "verb", nth).format(thing)
        yield Commit(sha(seed, name, nth), _minutes(as_of, days=back), _author(project, seed, nth), text)
    for one in project.shipped:
        at = _shipped(project, one, as_of) - timedelta(minutes=12)
        yield Commit(_release_sha(project, one, seed), at, _releaser(project), f"Release {one.version}")


def pulls(project: Project, ordinary: Sequence[Commit], *, seed: int) -> Iterator[Issue]:
    """Yield the pull requests that some commits came from; numbers are given later."""
    for one in ordinary:
        if share(seed, one.sha, "pull") < _REVIEWED and not one.message.startswith("Release"):
            opened = one.at - timedelta(hours=2 + number(seed, one.sha, "open", below=120))
            said = Comment(one.at - timedelta(minutes=30), _releaser(project), "Thank you. Merging when green.")
            yield Issue(
                0, one.message, "", opened, one.author, closed_at=one.at, comments=(said,), sha=one.sha
            )  # fmt: skip


def issues(project: Project, *, as_of: datetime, seed: int) -> Iterator[Issue]:
    """Yield a project's ordinary questions; numbers are given later."""
    for asked in project.asked:
        opened = _minutes(as_of, days=asked.days)
        closed = None if asked.closed_after is None else opened + timedelta(days=asked.closed_after)
        by = one_of(PASSERS_BY, seed, project.name, asked.title)
        yield Issue(
            0,
            asked.title,
            "",
            opened,
            by,
            labels=(asked.label,) if asked.label else (),
            closed_at=closed,
            reason="not_planned" if asked.label == "wontfix" else "completed" if closed else "",
            comments=tuple(_answers(project, asked, opened=opened, seed=seed)),
            reactions=number(seed, asked.title, "reactions", below=9),
        )


def _answers(project: Project, asked: Asked, *, opened: datetime, seed: int) -> Iterator[Comment]:
    """Yield what a maintainer answered: to what was closed in the end, and within half of that time."""
    if asked.closed_after is not None:
        after = timedelta(days=asked.closed_after * (0.1 + 0.4 * share(seed, asked.title, "answer")))
        yield Comment(opened + after, _releaser(project), "Thank you for the report. I can see it too.")


def releases(project: Project, ordinary: Sequence[Commit], *, as_of: datetime, seed: int) -> Iterator[Release]:
    """Yield a project's ordinary releases, the oldest first; notes list what was done since the one before."""
    since = as_of - timedelta(days=_YEAR_DAYS)
    for one in project.shipped:
        at = _shipped(project, one, as_of)
        done = [each.message for each in ordinary if since < each.at < at and not each.message.startswith("Release")]
        notes = one.notes + "\n## Changes\n\n" + "".join(f"- {each}\n" for each in done[-8:] or ["Small fixes."])
        who = _releaser(project)
        yield Release(
            one.version, at, who, f"{project.name} {one.version}", notes.lstrip(), _release_sha(project, one, seed)
        )
        since = at


def uploads(project: Project, *, as_of: datetime) -> Iterator[Upload]:
    """Yield what was in the registry, the oldest first: each release some minutes after it was made."""
    for one in project.shipped:
        yield Upload(one.version, _shipped(project, one, as_of) + timedelta(minutes=4))


def _shipped(project: Project, one: Shipped, as_of: datetime) -> datetime:
    """Return when a release was made: not all of them at the same hour."""
    return _minutes(as_of, days=one.days + share(project.name, one.version) * 0.4)


def _minutes(as_of: datetime, *, days: float) -> datetime:
    """Return the moment so many days ago, to the minute."""
    return (as_of - timedelta(days=days)).replace(second=0, microsecond=0)


def _release_sha(project: Project, one: Shipped, seed: int) -> str:
    return sha(seed, project.name, "release", one.version)


def _releaser(project: Project) -> Person:
    """Return who does the most of a project."""
    return next(iter(project.people))


def _author(project: Project, seed: int, nth: int) -> Person:
    """Return who wrote a commit, by the shares of the project's people."""
    drawn = share(seed, project.name, "author", nth)
    parts = accumulate(project.people.values())
    return next((who for who, upto in zip(project.people, parts, strict=True) if drawn < upto), _releaser(project))
