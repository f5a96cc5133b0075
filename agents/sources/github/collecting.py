"""All that is read of one repository on GitHub: itself, its commits, releases, issues and advisories.

A part that is in trouble this time is said to be, and the others are kept: its own cursor stays where it was. Where
GitHub asks to be asked later, the whole look is put off, and pages that were kept are not sent again.
"""

from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from agents.contract import CoverageState
from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError
from agents.sources.collected import Collected
from agents.sources.github import advisories, changes, commits, issues, releases, whole
from agents.sources.github.fields import text
from agents.sources.github.items import SOURCE
from agents.sources.github.repo import LIMITS, SITE, Repo, is_name
from agents.sources.http.client import Http
from agents.sources.http.errors import DeniedError, GoneError, NeverError
from agents.sources.look import Look, sentence

Part = Callable[[Repo], Collected]

_PARTS: tuple[tuple[str, Part], ...] = (
    (SOURCE, commits.read_commits),
    (releases.SOURCE, releases.read_releases),
    (changes.SOURCE, issues.read_issues),
    (advisories.SOURCE, advisories.read_advisories),
)
_FORBIDDEN_BY_LAW = 451
_DAY = 10
"""Characters of a time that say the day."""


def read_github(http: Http, look: Look) -> tuple[Collected, ...]:
    """Return what is new of the target's repository.

    Raises ``BadEvidenceError`` where there is no such repository, it is not ours to see, or an option is wrong,
    ``QuotaExhaustedError`` with the time from which GitHub answers again, ``SourceUnavailableError`` where nothing
    could be read, ``StoppedError``.
    """
    repo = _asked(http, look)
    try:
        page = repo.page()
    except GoneError as error:
        return _gone(repo, error)
    except DeniedError as error:
        raise _denied(repo, error) from error
    another = whole.is_another(page, look)
    repo = replace(
        repo,
        name=whole.name_of(page, asked=repo.name),
        branch=text(page.json(), "default_branch"),
        look=replace(look, cursors={}) if another else look,
    )
    first = whole.read_whole(repo, page, another=another)
    read = [_part(repo, source, part, another=another) for source, part in _PARTS]
    broken = [error for _, error in read if error is not None]
    if broken and not any(error is None and _was_read(collected) for collected, error in read):
        raise SourceUnavailableError(f"nothing of {look.target.id} could be read: {broken[0]}") from broken[0]
    return (first, *(collected for collected, _ in read))


def _asked(http: Http, look: Look) -> Repo:
    """Return the repository that is asked for, once all that the target says of it is right."""
    asked = look.target.location
    if not is_name(asked):
        raise BadEvidenceError(f"target {look.target.id}: {asked!r} is no repository; give OWNER/NAME")
    if not http.knows(SITE):
        raise BadEvidenceError(f"target {look.target.id}: no GitHub is set up; set LOOKOUT_GITHUB_API_URL")
    repo = Repo(asked, http, look)
    for option in LIMITS:
        repo.most(option)
    return repo


def _part(repo: Repo, source: str, part: Part, *, another: bool) -> tuple[Collected, SourceUnavailableError | None]:
    """Read one part; where it is in trouble or refused, say so.

    How far another repository was read is nothing to go on from: then that is forgotten with the first look.
    """
    cursor: JsonValue = {} if another else None
    try:
        return part(repo), None
    except QuotaExhaustedError:
        raise
    except SourceUnavailableError as error:
        return Collected(source=source, coverage=(repo.failed(source, str(error)),), cursor=cursor), error
    except NeverError as error:
        rights = "give the token the right to read it" if isinstance(error, DeniedError) else ""
        why = sentence(str(error), rights)
        return Collected(source=source, coverage=(repo.failed(source, why),), cursor=cursor), None


def _was_read(collected: Collected) -> bool:
    """Whether a part gave anything, be it that there is nothing."""
    return all(one.state is not CoverageState.NOT_COLLECTED for one in collected.coverage)


def _gone(repo: Repo, error: GoneError) -> tuple[Collected, ...]:
    """Return that a repository which was there is there no more; one that never was is an error in the watchlist."""
    seen = text(repo.look.cursor(whole.SOURCE), "seen")[:_DAY]
    barred = error.status == _FORBIDDEN_BY_LAW
    if not seen:
        raise BadEvidenceError(f"target {repo.look.target.id}: {_unknown(repo, error, barred=barred)}") from error
    why = "GitHub shows it no more, for legal reasons" if barred else "deleted, made private, or hidden from the token"
    told = f"gone since {seen}, when it was last seen: {why} ({error})"
    sources = (whole.SOURCE, *(source for source, _ in _PARTS))
    return tuple(Collected(source=source, coverage=(repo.failed(source, told),)) for source in sources)


def _unknown(repo: Repo, error: GoneError, *, barred: bool) -> str:
    """Return what it means that a repository was never seen."""
    if barred:
        return f"GitHub does not show it, for legal reasons ({error}); take it out of the watchlist"
    hidden = (
        "if it is private, give the token the right to read it"
        if repo.is_told_who_asks
        else "if it is private, set GITHUB_TOKEN to a token that may read it"
    )
    return f"GitHub knows no such repository ({error}); correct its name; {hidden}"


def _denied(repo: Repo, error: DeniedError) -> BadEvidenceError:
    """Return what a refused token, or none, comes to."""
    if repo.is_told_who_asks:
        remedy = "GITHUB_TOKEN is expired, revoked, of another host, or may not read it: set another, or none"
    else:
        remedy = "set GITHUB_TOKEN to a token that may read it"
    return BadEvidenceError(f"target {repo.look.target.id}: {error}; {remedy}")
