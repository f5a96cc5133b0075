"""Asking outside services whether what a watchlist names is there, one after the other."""

import threading
from collections.abc import Iterable, Iterator

from agents.contract import Target, TargetKind
from agents.errors import AgentError
from agents.sources.github.repo import SITE, place
from agents.sources.http.client import Http
from agents.sources.http.page import NoShelf
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.problems import Problem
from orchestrator.settings import Settings
from orchestrator.sources import access


def faults(watchlist: Watchlist, targets: Iterable[Target], *, settings: Settings) -> Iterator[str]:
    """Yield a line for each target that a service does not give, or could not be asked about."""
    with access(settings, shelf=NoShelf()).open(threading.Event()) as http:
        for target in targets:
            why = _fault(http, target)
            if why:
                yield str(_problem(watchlist, target, why))


def _fault(http: Http, target: Target) -> str:
    """Return what is wrong with a target; empty where it is there, or nobody is set up to be asked."""
    try:
        if target.kind is TargetKind.GITHUB:
            page = http.get(SITE, place(target.location, ""))
            name = str(page.json().get("full_name", "")) if page.moved else ""
            return f"is called {name} now; name it so" if name else ""
        if target.kind is TargetKind.FEED:
            http.open(target.location)
    except AgentError as error:
        return str(error)
    return ""


def _problem(watchlist: Watchlist, target: Target, why: str) -> Problem:
    """Return a fault with its place in the file."""
    line = watchlist.lines.get(target.id, 0)
    return Problem(
        file=str(watchlist.path),
        line=line,
        column=1 if line else 0,
        field=str(target.kind),
        message=f"{target.location}: {why}",
    )
