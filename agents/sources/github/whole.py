"""The repository itself: what it is called now, and what GitHub says of it as a whole."""

from agents.contract import CoverageState
from agents.errors import BadEvidenceError
from agents.sources.collected import Collected
from agents.sources.git.moments import iso
from agents.sources.github.fields import count, text
from agents.sources.github.items import UnreadableError, repository
from agents.sources.github.repo import Repo, is_name
from agents.sources.http.page import Page
from agents.sources.look import Look, sentence

SOURCE = "github:repository"


def name_of(page: Page, *, asked: str) -> str:
    """Return what the repository of a page is called; what was asked for, where the page says nothing usable."""
    told = text(page.json(), "full_name")
    return told if is_name(told) else asked


def is_another(page: Page, look: Look) -> bool:
    """Whether another repository stands under the name than the one that was seen there before.

    A name that its owner gave up can be taken by anybody: what is stored is not of what stands there now.
    """
    before, now = count(look.cursor(SOURCE), "id"), count(page.json(), "id")
    return before is not None and now is not None and before != now


def read_whole(repo: Repo, page: Page, *, another: bool) -> Collected:
    """Return the repository as one piece of evidence. ``BadEvidenceError`` where the page is of no repository."""
    asked = repo.look.target.location
    told = page.json()
    try:
        found = repository(told, repo.look)
    except UnreadableError as error:
        raise BadEvidenceError(
            f"{page.url} answered with what is no repository ({error}); look at the address"
        ) from None
    renamed = repo.name.lower() != asked.lower()
    called = f"it is called {repo.name} now: name it so in the watchlist" if renamed else ""
    taken = "another repository stands under this name than before, and is read afresh: look who owns it"
    coverage = repo.look.coverage(
        SOURCE, CoverageState.COMPLETE, items=1, detail=sentence(called, taken if another else "")
    )
    evidence = found.model_copy(update={"data": {**found.data, "asked": asked, "renamed": renamed}})
    return Collected(
        source=SOURCE,
        coverage=(coverage,),
        evidence=(evidence,),
        cursor={"name": repo.name, "id": count(told, "id"), "seen": iso(repo.look.now)},
        replaces=("repository",),
    )
