"""From what a person typed to a trigger: a watchlist file, or a kind with targets."""

from collections.abc import Mapping
from pathlib import Path

import click
from pydantic import ValidationError

from agents.contract import Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.domain.watchlist import Watchlist
from orchestrator.errors import WatchlistError
from orchestrator.planning.locations import check_paths, place_of
from orchestrator.planning.problems import did_you_mean
from orchestrator.planning.watchlist import load_watchlist
from orchestrator.settings import get_settings

SOURCE = "cli"
_SUFFIXES = frozenset({".yaml", ".yml"})


def names_watchlist(word: str) -> bool:
    """Whether a word means a watchlist file rather than a kind of trigger."""
    path = Path(word)
    return path.suffix in _SUFFIXES or path.is_file()


def read_watchlist(path: Path) -> Watchlist:
    """Return the watchlist in a file, once everything that it names is there. Raises ``WatchlistError``."""
    watchlist = load_watchlist(path, max_targets=get_settings().max_targets)
    problems = check_paths(watchlist)
    if problems:
        raise WatchlistError(*(str(problem) for problem in problems))
    return watchlist


def monitor_trigger(watchlist: Watchlist, *, look: tuple[str, ...] = ()) -> Trigger:
    """Return the trigger of one look at everything on a watchlist."""
    return Trigger(
        kind=TriggerKind.MONITOR,
        targets=watchlist.targets,
        subject=watchlist.name,
        options={"watchlist": watchlist.name, **watchlist.carried, **_look(look)},
        source=SOURCE,
    )


def kind_trigger(
    kind: str, *, targets: tuple[str, ...], subject: str, text: str, key: str, look: tuple[str, ...]
) -> Trigger:
    """Return a trigger of a kind about targets such as ``git:PATH``. UsageError names what is wrong with which word."""
    chosen, about = as_kind(kind), as_targets(targets)
    try:
        return Trigger(
            kind=chosen,
            targets=about,
            subject=subject,
            text=Untrusted(text),
            key=key,
            options=_look(look),
            source=SOURCE,
        )
    except ValidationError as error:
        faults = (f"--{each['loc'][0]}: {each['msg']}" for each in error.errors(include_url=False))
        raise click.UsageError("; ".join(faults)) from error


def as_kind(word: str) -> TriggerKind:
    """Return the kind that a word names; UsageError, with the nearest one, where it names none."""
    kinds = [str(kind) for kind in TriggerKind]
    named = word.replace("-", "_")
    if named in kinds:
        return TriggerKind(named)
    hint = did_you_mean(word, among=kinds)
    raise click.UsageError(
        f"{word!r} is neither a watchlist file nor a kind of trigger{f'; {hint}' if hint else ''} "
        f"(kinds: {', '.join(kinds)})"
    )


def as_targets(words: tuple[str, ...]) -> tuple[Target, ...]:
    """Return the targets that words such as ``git:PATH`` name; UsageError where one names none, or nothing is there."""
    targets = tuple(as_target(word) for word in words)
    # Checked by the watchlist's own rules, so that both doors refuse the same places in the same words.
    for problem in check_paths(Watchlist(name=SOURCE, targets=targets, path=Path.cwd())):
        raise click.UsageError(f"target {problem.field}: {problem.message}")
    return targets


def as_target(word: str) -> Target:
    """Return the target that a word names; a path is taken from the current folder."""
    kind, colon, place = word.partition(":")
    kinds = [str(each) for each in TargetKind]
    if not colon or kind not in kinds or not place:
        raise click.UsageError(f"target {word!r} is not KIND:PLACE; kinds are {', '.join(kinds)}, e.g. git:../flask")
    try:
        return Target(kind=TargetKind(kind), location=place_of(TargetKind(kind), place, folder=Path.cwd()))
    except ValueError as error:
        raise click.UsageError(f"target {word!r} {error}") from error


def _look(look: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Return the option that says what to look at; none where nothing was said."""
    return {"look": list(look)} if look else {}
