"""The whole story, from the year before to its end, for the moment at which it is told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from orchestrator.recordings.incident import history
from orchestrator.recordings.incident.cast import PROJECTS, Project
from orchestrator.recordings.incident.lots import number, sha
from orchestrator.recordings.incident.story import (
    Comment,
    Commit,
    Edit,
    Issue,
    Package,
    Release,
    Repository,
    Story,
    Upload,
)
from orchestrator.recordings.incident.told import exploited, flaws, posts
from orchestrator.recordings.incident.worm import PUBLISHED, PUSHED, RAISED, Published, Raised

SEED = 20
"""What the ordinary year is drawn by."""

_BEYOND = 9_900_000_000
"""Numbers of repositories begin here: no real one has come as far."""


class _Timed(Protocol):
    """Whatever has its time."""

    @property
    def at(self) -> datetime:
        """When it was."""
        ...


_Any = TypeVar("_Any", bound=_Timed)


def tell(as_of: datetime, *, seed: int = SEED) -> Story:
    """Return the story that ends at a moment, in UTC: the same seed and moment always give the same."""
    repositories = [_repository(project, as_of=as_of, seed=seed) for project in PROJECTS]
    packages = [_package(project, as_of=as_of) for project in PROJECTS]
    return Story(
        as_of=as_of,
        repositories={one.full_name: one for one in repositories},
        packages={one.name: one for one in packages},
        flaws=flaws(as_of),
        exploited=exploited(as_of),
        posts=posts(as_of),
    )


def _repository(project: Project, *, as_of: datetime, seed: int) -> Repository:
    """Return a project's repository with all that was ever in it."""
    place = f"{project.owner.login}/{project.name}"
    ordinary = _by_time(history.commits(project, as_of=as_of, seed=seed))
    asked = [*history.issues(project, as_of=as_of, seed=seed), *history.pulls(project, ordinary, seed=seed)]
    raised = [_issue(one, as_of=as_of) for one in RAISED if one.place == place]
    numbered = [replace(one, number=nth) for nth, one in enumerate(_by_time([*asked, *raised]), start=1)]
    pulled = {one.sha: one.number for one in numbered if one.sha}
    pushed = [
        Commit(_sha(place, one.message), _ago(as_of, one.hours), one.by, one.message)
        for one in PUSHED
        if one.place == place
    ]
    named = [
        replace(one, message=f"{one.message} (#{pulled[one.sha]})") if one.sha in pulled else one for one in ordinary
    ]
    shipped = history.releases(project, ordinary, as_of=as_of, seed=seed)
    published = (_release(one, as_of=as_of) for one in PUBLISHED if one.place == place and one.title)
    return Repository(
        owner=project.owner,
        name=project.name,
        about=project.about,
        id=_BEYOND + number(place, below=99_999_999),
        created_at=(as_of - timedelta(days=project.age_days)).replace(second=0),
        stars=project.stars,
        forks=project.forks,
        people=tuple(project.people),
        commits=tuple(_by_time([*named, *pushed])),
        releases=(*shipped, *published),
        issues=tuple(numbered),
        homepage=project.homepage,
    )


def _package(project: Project, *, as_of: datetime) -> Package:
    """Return a project's package with all versions that were ever published."""
    place = f"{project.owner.login}/{project.name}"
    late = (
        Upload(
            one.version,
            _ago(as_of, one.hours),
            withdrawn_at=None if one.withdrawn is None else _ago(as_of, one.withdrawn),
            why=one.why,
        )
        for one in PUBLISHED
        if one.place == place
    )
    return Package(project.package, (*history.uploads(project, as_of=as_of), *late))


def _issue(one: Raised, *, as_of: datetime) -> Issue:
    """Return an issue of the wave; its number is given later."""
    return Issue(
        0,
        one.title,
        one.text,
        _ago(as_of, one.hours),
        one.by,
        labels=one.labels,
        closed_at=None if one.closed is None else _ago(as_of, one.closed),
        reason="" if one.closed is None else one.reason,
        comments=tuple(Comment(_ago(as_of, said.hours), said.by, said.text) for said in one.said),
        reactions=one.reactions,
    )


def _release(one: Published, *, as_of: datetime) -> Release:
    """Return a release of those two days."""
    edit = None if one.edited is None else Edit(_ago(as_of, one.edited), one.edited_title, one.edited_notes)
    made = _sha(one.place, f"Release {one.version}")
    return Release(one.version, _ago(as_of, one.hours), one.by, one.title, one.notes, made, edit)


def _sha(place: str, message: str) -> str:
    return sha(place, message)


def _ago(as_of: datetime, hours: float) -> datetime:
    return as_of - timedelta(hours=hours)


def _by_time(things: Iterable[_Any]) -> list[_Any]:
    return sorted(things, key=lambda one: one.at)
