"""What the code host answers: which part of the story a path names, and which of it a query asks for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from orchestrator.recordings.incident import places, questions, records
from orchestrator.recordings.incident.accounts import Document
from orchestrator.recordings.incident.paging import Listed
from orchestrator.recordings.incident.story import Flaw, Issue, Release, Repository, Story

Query = Mapping[str, str]
_OPEN = "open"


def find(story: Story, path: str, query: Query) -> Document | Listed | None:
    """Return what is at a path, a whole list where it is one; None where there is nothing."""
    words = [word for word in path.split("/") if word]
    match words:
        case ["advisories"]:
            flaws = [each for each in _published(story) if _is_asked_for(each, query)]
            return Listed([records.global_advisory(each) for each in flaws], path)
        case ["advisories", name]:
            return next((records.global_advisory(each) for each in _published(story) if each.id == name), None)
        case ["repos", owner, name, *part]:
            return _in(story, story.repositories.get(f"{owner}/{name}".lower()), part, query)
        case ["repositories", number, *part]:
            return _in(story, next((each for each in _all(story) if str(each.id) == number), None), part, query)
    return None


def _in(story: Story, place: Repository | None, part: Sequence[str], query: Query) -> Document | Listed | None:
    """Return a repository, or a part of one. Lists go on under the repository's number, which outlives its name."""
    if place is None:
        return None
    lists = _LISTS.get("/".join(part))
    if lists is not None:
        return Listed(lists(story, place, query), f"/repositories/{place.id}/{part[0]}")
    match part:
        case ["issues", number]:
            return next((questions.issue(each, repository=place) for each in _numbered(place, number)), None)
        case ["issues", number, "comments"]:
            return next((_comments(place, each, query) for each in _numbered(place, number)), None)
    return _single(place, part)


def _single(place: Repository, part: Sequence[str]) -> Document | None:
    """Return one thing of a repository, or the repository as a whole."""
    match part:
        case []:
            return places.repository(place)
        case ["languages"]:
            return {"Python": 41_000 + 1_700 * len(place.commits)}
        case ["releases", "latest"]:
            return next((places.release(each, repository=place) for each in _newest_first(place)), None)
        case ["releases", "tags", tag]:
            return next((places.release(each, repository=place) for each in place.releases if each.tag == tag), None)
        case ["commits", name]:
            return next((each for each in places.commits(place) if name in (each["sha"], places.BRANCH)), None)
    return None


def _numbered(place: Repository, number: str) -> list[Issue]:
    """Return the issue of a number; none where there is none."""
    return [each for each in place.issues if str(each.number) == number]


def _comments(place: Repository, found: Issue, query: Query) -> Listed:
    """Return what was said to an issue, the oldest first."""
    since = _time(query.get("since"))
    said = [each for each in found.comments if since is None or each.at >= since]
    told = [questions.comment(each, issue=found, repository=place) for each in said]
    return Listed(told, f"/repositories/{place.id}/issues/{found.number}/comments")


def _commits(_story: Story, place: Repository, query: Query) -> list[Document]:
    """Return commits of a span of time, of an author, the newest first."""
    since, until, author = _time(query.get("since")), _time(query.get("until")), query.get("author", "")
    wanted = {
        each.sha
        for each in place.commits
        if (since is None or each.at >= since)
        and (until is None or each.at <= until)
        and (not author or author in (each.author.login, each.author.email))
    }
    return [each for each in places.commits(place) if each["sha"] in wanted]


def _issues(_story: Story, place: Repository, query: Query) -> list[Document]:
    """Return issues and pull requests by state, labels, author and last change, in the order that is asked for."""
    since, labels = _time(query.get("since")), {each for each in query.get("labels", "").split(",") if each}
    wanted = [
        each
        for each in place.issues
        if _is_in(each, query)
        and (since is None or each.updated_at >= since)
        and labels <= set(each.labels)
        and query.get("creator", each.author.login) == each.author.login
    ]
    return [questions.issue(each, repository=place) for each in _in_order(wanted, query)]


def _pulls(_story: Story, place: Repository, query: Query) -> list[Document]:
    """Return pull requests by state, in the order that is asked for."""
    wanted = [each for each in place.issues if each.sha and _is_in(each, query)]
    return [questions.pull(each, repository=place) for each in _in_order(wanted, query)]


def _releases(_story: Story, place: Repository, _query: Query) -> list[Document]:
    """Return all releases, the newest first."""
    return [places.release(each, repository=place) for each in _newest_first(place)]


def _tags(_story: Story, place: Repository, _query: Query) -> list[Document]:
    """Return all tags, the newest first."""
    return [places.tag(each, repository=place) for each in _newest_first(place)]


def _contributors(_story: Story, place: Repository, _query: Query) -> list[Document]:
    """Return who wrote the commits."""
    return places.contributors(place)


def _advisories(story: Story, place: Repository, query: Query) -> list[Document]:
    """Return a repository's own advisories, the newest first; there are only published ones."""
    own = [each for each in _published(story) if each.repository == place.full_name]
    shown = own if query.get("state", "published") == "published" else []
    return [records.repository_advisory(each, repository=place) for each in shown]


_LISTS: Mapping[str, Callable[[Story, Repository, Query], list[Document]]] = {
    "commits": _commits,
    "issues": _issues,
    "pulls": _pulls,
    "releases": _releases,
    "tags": _tags,
    "contributors": _contributors,
    "security-advisories": _advisories,
}
PARTS = ("", *(f"/{name}" for name in _LISTS), "/releases/latest", "/languages")
"""What can be asked of a repository."""


def _all(story: Story) -> Sequence[Repository]:
    return list(story.repositories.values())


def _published(story: Story) -> list[Flaw]:
    """Return what the code host has advisories of, the newest first."""
    return sorted((each for each in story.flaws if each.repository), key=lambda each: each.at, reverse=True)


def _is_asked_for(flaw: Flaw, query: Query) -> bool:
    """Whether an advisory is among those that are asked for."""
    packages = {each.partition("@")[0] for each in query.get("affects", "").split(",") if each}
    return (
        query.get("ecosystem", "pip") == "pip"
        and query.get("ghsa_id", flaw.id) == flaw.id
        and query.get("severity", flaw.severity) == flaw.severity
        and ("cve_id" not in query or query["cve_id"] in flaw.aliases)
        and (not packages or flaw.package in packages)
    )


def _is_in(issue: Issue, query: Query) -> bool:
    """Whether an issue is in the state that is asked for; that is open where nothing is."""
    state = query.get("state", _OPEN)
    return state == "all" or (issue.closed_at is None) == (state == _OPEN)


def _in_order(issues: Sequence[Issue], query: Query) -> list[Issue]:
    """Return issues by when they were opened or changed, or by how much was said."""
    key = _ORDERS.get(query.get("sort", ""), _ORDERS["created"])
    return sorted(issues, key=key, reverse=query.get("direction", "desc") != "asc")


_ORDERS: Mapping[str, Callable[[Issue], tuple[float, int]]] = {
    "created": lambda one: (one.at.timestamp(), one.number),
    "updated": lambda one: (one.updated_at.timestamp(), one.number),
    "comments": lambda one: (len(one.comments), one.number),
}


def _newest_first(place: Repository) -> list[Release]:
    return sorted(place.releases, key=lambda each: each.at, reverse=True)


def _time(text: str | None) -> datetime | None:
    """Return a time; None where there is none, which asks for all."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
