"""From what a person typed to a trigger: a watchlist file, or a kind with targets."""

from pathlib import Path

from agents.contract import Target, Untrusted
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import WatchlistError
from orchestrator.planning.locations import check_paths
from orchestrator.planning.watchlist import load_watchlist
from orchestrator.settings import get_settings

SOURCE = "cli"


def read_watchlist(path: Path) -> Watchlist:
    """Return the watchlist in a file, once everything that it names is there. Raises ``WatchlistError``."""
    watchlist = load_watchlist(path, max_targets=get_settings().max_targets)
    problems = check_paths(watchlist)
    if problems:
        raise WatchlistError(*(str(problem) for problem in problems))
    return watchlist


def monitor_trigger(watchlist: Watchlist, *, look: tuple[str, ...] = ()) -> Trigger:
    """Return the trigger of one look at everything on a watchlist."""
    options = {"look": list(look)} if look else {}
    return Trigger(
        kind=TriggerKind.MONITOR,
        targets=watchlist.targets,
        subject=watchlist.name,
        options=options,
        source=SOURCE,
    )


def kind_trigger(
    kind: TriggerKind, *, targets: tuple[Target, ...], subject: str, text: str, key: str, look: tuple[str, ...]
) -> Trigger:
    """Return a trigger of a kind."""
    options = {"look": list(look)} if look else {}
    return Trigger(
        kind=kind, targets=targets, subject=subject, text=Untrusted(text), key=key, options=options, source=SOURCE
    )
