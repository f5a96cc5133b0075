"""What happened, as values: everything has its time, and a look at an earlier moment sees what there was by then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """Somebody with an account. A bot or an organisation is one too."""

    login: str
    name: str
    email: str
    kind: str = "User"
    """As GitHub says it: ``User``, ``Bot`` or ``Organization``."""


@dataclass(frozen=True)
class Commit:
    """One commit of a repository's only branch."""

    sha: str
    at: datetime
    author: Person
    message: str


@dataclass(frozen=True)
class Edit:
    """What a release said from a time on."""

    at: datetime
    title: str
    notes: str


@dataclass(frozen=True)
class Release:
    """A release with its tag, on the code host."""

    version: str
    at: datetime
    author: Person
    title: str
    notes: str
    sha: str
    edit: Edit | None = None

    @property
    def tag(self) -> str:
        """The tag's name."""
        return f"v{self.version}"

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return self.edit.at if self.edit else self.at


@dataclass(frozen=True)
class Comment:
    """What somebody answered to an issue."""

    at: datetime
    author: Person
    text: str


@dataclass(frozen=True)
class Issue:
    """An issue, or a pull request where it has a ``sha``."""

    number: int
    title: str
    text: str
    at: datetime
    author: Person
    labels: tuple[str, ...] = ()
    closed_at: datetime | None = None
    reason: str = ""
    """Why it was closed: ``completed``, ``not_planned`` or ``duplicate``."""
    comments: tuple[Comment, ...] = ()
    reactions: int = 0
    sha: str = ""
    """The commit that a pull request became."""

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""
        return max([self.at, *(comment.at for comment in self.comments), *([self.closed_at] if self.closed_at else [])])


@dataclass(frozen=True)
class Repository:
    """A repository, and what is in it, the oldest first."""

    owner: Person
    name: str
    about: str
    id: int
    created_at: datetime
    stars: int
    forks: int
    people: tuple[Person, ...]
    """Who may push."""
    commits: tuple[Commit, ...]
    releases: tuple[Release, ...]
    issues: tuple[Issue, ...]
    homepage: str = ""

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner.login}/{self.name}"


@dataclass(frozen=True)
class Upload:
    """One version of a package, in the registry."""

    version: str
    at: datetime
    withdrawn_at: datetime | None = None
    why: str = ""
    """What its maintainers said when they yanked it."""


@dataclass(frozen=True)
class Package:
    """A package of the registry, its versions the oldest first."""

    name: str
    uploads: tuple[Upload, ...]


@dataclass(frozen=True)
class Flaw:
    """A flaw, or malicious code, under one id of one database."""

    id: str
    at: datetime
    package: str
    versions: tuple[str, ...]
    """Which versions have it."""
    summary: str
    details: str
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    introduced: str = ""
    fixed: str = ""
    """The first version without it; empty where the record says nothing of that."""
    severity: str = ""
    vector: str = ""
    score: float = 0.0
    weakness: tuple[str, str] = ("", "")
    """Its CWE, by id and name."""
    repository: str = ""
    """Where it was published, for those of the code host."""


@dataclass(frozen=True)
class Exploited:
    """An entry of the list of what is known to be exploited."""

    cve: str
    at: datetime
    vendor: str
    product: str
    name: str
    text: str
    weakness: str


@dataclass(frozen=True)
class Post:
    """An entry of the project's blog."""

    slug: str
    at: datetime
    author: Person
    title: str
    text: str


@dataclass(frozen=True)
class Story:
    """The world, as of the end of the incident or as of an earlier moment."""

    as_of: datetime
    repositories: Mapping[str, Repository]
    """By owner and name in small letters."""
    packages: Mapping[str, Package]
    flaws: tuple[Flaw, ...]
    exploited: tuple[Exploited, ...]
    posts: tuple[Post, ...]


def seen(story: Story, *, at: datetime) -> Story:
    """Return what there was of a story at a moment."""
    return Story(
        as_of=at,
        repositories={name: _repository(one, at) for name, one in story.repositories.items()},
        packages={name: _package(one, at) for name, one in story.packages.items()},
        flaws=tuple(one for one in story.flaws if one.at <= at),
        exploited=tuple(one for one in story.exploited if one.at <= at),
        posts=tuple(one for one in story.posts if one.at <= at),
    )


def _repository(whole: Repository, at: datetime) -> Repository:
    """Return a repository with what was in it."""
    return replace(
        whole,
        commits=tuple(one for one in whole.commits if one.at <= at),
        releases=tuple(_release(one, at) for one in whole.releases if one.at <= at),
        issues=tuple(_issue(one, at) for one in whole.issues if one.at <= at),
    )


def _release(whole: Release, at: datetime) -> Release:
    """Return a release as it read."""
    if whole.edit is None:
        return whole
    if whole.edit.at > at:
        return replace(whole, edit=None)
    return replace(whole, title=whole.edit.title, notes=whole.edit.notes)


def _issue(whole: Issue, at: datetime) -> Issue:
    """Return an issue as it stood; one that nobody had answered yet had nobody's reactions."""
    comments = tuple(one for one in whole.comments if one.at <= at)
    closed = whole.closed_at is not None and whole.closed_at <= at
    return replace(
        whole,
        comments=comments,
        closed_at=whole.closed_at if closed else None,
        reason=whole.reason if closed else "",
        reactions=whole.reactions if len(comments) == len(whole.comments) else 0,
    )


def _package(whole: Package, at: datetime) -> Package:
    """Return a package with the versions that were there, those yanked that had been."""
    return replace(
        whole,
        uploads=tuple(
            one if one.withdrawn_at is None or one.withdrawn_at <= at else replace(one, withdrawn_at=None, why="")
            for one in whole.uploads
            if one.at <= at
        ),
    )
