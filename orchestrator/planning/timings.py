"""When a watchlist's targets are looked at: the keys ``cron``, ``time_zone`` and ``catch_up``."""

from collections.abc import Mapping

from orchestrator.domain.watchlist import CatchUp, Timing
from orchestrator.planning.crons import parse_cron, parse_zone
from orchestrator.planning.fields import Field, Notes, parsed
from orchestrator.planning.problems import unknown

TIMING_KEYS = ("cron", "time_zone", "catch_up")


def read_timing(given: Mapping[str, Field], base: Timing, *, notes: Notes) -> Timing:
    """Return the base with what was given in its place; an age that is given goes before the base's own times."""
    update: dict[str, object] = {}
    if "max_age" in given:
        update["cron"] = ""
        _refuse_both(given, notes=notes)
    if "cron" in given:
        update["cron"] = parsed(given["cron"], by=parse_cron, otherwise=base.cron, notes=notes)
    if "time_zone" in given:
        update["zone"] = parsed(given["time_zone"], by=parse_zone, otherwise=base.zone, notes=notes)
    if "catch_up" in given:
        update["catch_up"] = parsed(given["catch_up"], by=parse_catch_up, otherwise=base.catch_up, notes=notes)
    return base.model_copy(update=update)


def refuse_idle_zone(given: Mapping[str, Field], timing: Timing, *, notes: Notes) -> None:
    """Note a target's own time zone where no times of the clock are given: it would change nothing."""
    if "time_zone" in given and not timing.cron and "cron" not in given:
        field = given["time_zone"]
        notes.add(field.key, field=field.name, message="says nothing without 'cron'; add times or remove this line")


def parse_catch_up(word: str) -> CatchUp:
    """Return a policy by its name. ValueError, with those that there are, for any other word."""
    if word not in list(CatchUp):
        raise ValueError(unknown(word, what="policy", known=list(CatchUp)))
    return CatchUp(word)


def _refuse_both(given: Mapping[str, Field], *, notes: Notes) -> None:
    """Note where an age and times of the clock are given for the same thing."""
    if "cron" in given:
        field, line = given["cron"], given["max_age"].key.start_mark.line + 1
        message = f"is given beside 'max_age' in line {line}; keep the age, or the times of the clock"
        notes.add(field.key, field=field.name, message=message)
