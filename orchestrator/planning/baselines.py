"""A target's plain baseline: the keys ``hybrid`` and ``baseline_command`` of a watchlist."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from agents.contract import Hybrid, TargetKind
from orchestrator.domain.watchlist import Defaults
from orchestrator.planning.fields import Field, Notes, items, parsed, text
from orchestrator.planning.locations import locate
from orchestrator.planning.problems import unknown

HYBRID_KEYS = ("hybrid", "baseline_command")
_MOST_WORDS = 64


def read_hybrid(given: Mapping[str, Field], *, folder: Path, notes: Notes) -> dict[str, object]:
    """Return what was given of the two keys; what is wrong with them is noted."""
    update: dict[str, object] = {}
    if "hybrid" in given:
        update["hybrid"] = parsed(given["hybrid"], by=_mode, otherwise=Hybrid.OFF, notes=notes)
    if "baseline_command" in given:
        update["baseline_command"] = _command(given["baseline_command"], folder=folder, notes=notes)
    return update


def refuse_baseline(given: Mapping[str, Field], shared: Defaults, *, kind: TargetKind, notes: Notes) -> None:
    """Note a target's own keys that would change nothing."""
    for field in (given[key] for key in HYBRID_KEYS if key in given and kind is TargetKind.ADVISORIES):
        message = "advisories are read for the other targets, which have the baselines; remove this line"
        notes.add(field.key, field=field.name, message=message)
    if "baseline_command" in given and kind is not TargetKind.ADVISORIES and shared.hybrid is Hybrid.OFF:
        field = given["baseline_command"]
        message = "is never run where 'hybrid' is off; add 'hybrid: on_failure' or 'hybrid: both', or remove this line"
        notes.add(field.key, field=field.name, message=message)


def _mode(word: str) -> Hybrid:
    """Return a mode by its name; YAML reads a bare ``off`` as false, which its text still says."""
    if word.lower() not in list(Hybrid):
        raise ValueError(unknown(word, what="mode", known=list(Hybrid)))
    return Hybrid(word.lower())


def _command(field: Field, *, folder: Path, notes: Notes) -> tuple[str, ...]:
    """Return a program and its arguments; a program that is a path is taken from the watchlist's own folder."""
    listed = items(field, notes=notes)
    if len(listed) > _MOST_WORDS:
        notes.add(field.value, field=field.name, message=f"has more than {_MOST_WORDS} words; put them into a script")
        return ()
    words = [parsed(item, by=partial(_program, folder=folder), otherwise="", notes=notes) for item in listed[:1]]
    words += [text(item, notes=notes) for item in listed[1:]]
    return tuple(words) if all(words) else ()


def _program(word: str, *, folder: Path) -> str:
    """Return a program: a name that is looked for on the worker's PATH, or an absolute place."""
    return locate(word, folder=folder) if "/" in word else word
