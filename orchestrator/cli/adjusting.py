"""``lookout schedules set``: from options to an adjustment, each checked by the watchlist's own rules."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import click

from orchestrator.cli.ledgering import ledger
from orchestrator.cli.terminal import show
from orchestrator.domain.tiers import TIERS
from orchestrator.planning.crons import parse_cron, parse_zone
from orchestrator.planning.durations import duration_text, parse_duration
from orchestrator.planning.problems import shown, unknown
from orchestrator.planning.timings import parse_catch_up
from orchestrator.scheduling.adjusting import Adjustment, Terms
from orchestrator.scheduling.schedules import adjust, reset

_MOST_JITTER = 0.5


def adjust_by(name: str, *, given: Mapping[str, str], reset_it: bool) -> None:
    """Change a schedule, or let it be as its watchlist says again, and say what holds now."""
    adjustment = adjustment_of(given)
    if reset_it == bool(given):
        raise click.UsageError("give what is to be changed, such as --every 2h, or --reset alone")
    with ledger() as known, known.begin() as conn:
        terms = reset(conn, name) if reset_it else adjust(conn, name, adjustment)
    show(f"{name}: {_words(terms)}")


def adjustment_of(given: Mapping[str, str]) -> Adjustment:
    """Return the adjustment that options spell. UsageError names what is wrong with which of them."""
    if "every" in given and ("cron" in given or "time_zone" in given):
        raise click.UsageError("give --every or --cron, not both: an age says how old data may get, cron when to look")
    if "time_zone" in given and "cron" not in given:
        raise click.UsageError("--time-zone says nothing without --cron; give both")
    read = {_FIELDS.get(option, option): _read(option, text) for option, text in given.items()}
    if "cron" in given and "time_zone" not in given:
        read["time_zone"] = "UTC"
    return Adjustment.model_validate(read)


def _read(option: str, text: str) -> object:
    """Return the value of one option."""
    try:
        return _PARSERS[option](text)
    except ValueError as error:
        raise click.UsageError(f"--{option.replace('_', '-')}: {shown(text)} {error}") from error


def _jitter(text: str) -> float:
    """Return a share. ValueError, with the bounds, for any other text."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= _MOST_JITTER:
        raise ValueError(f"is no share; write a number from 0 to {_MOST_JITTER}")
    return share


def _tier(word: str) -> str:
    """Return a tier. ValueError, with those that there are, for any other word."""
    if word not in TIERS:
        raise ValueError(unknown(word, what="tier", known=TIERS))
    return word


_FIELDS: Mapping[str, str] = MappingProxyType({"every": "every_seconds"})
_PARSERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "every": parse_duration,
        "cron": parse_cron,
        "time_zone": parse_zone,
        "jitter": _jitter,
        "catch_up": parse_catch_up,
        "tier": _tier,
    }
)


def _words(terms: Terms) -> str:
    """Return what holds for a schedule now."""
    rhythm = terms.rhythm
    often = f"at {rhythm.cron}" if rhythm.cron else f"every {duration_text(rhythm.every_seconds)}"
    changed = f"; set by hand: {', '.join(terms.adjusted)}" if terms.adjusted else "; as its watchlist says"
    return f"{often}, missed: {terms.catch_up}{changed}"
