"""One entry of a watchlist's ``targets:`` list, and the defaults that stand in where it is silent."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from agents.contract import Hybrid, Target, TargetKind
from orchestrator.domain.tiers import TIERS
from orchestrator.domain.watchlist import Defaults, Timing
from orchestrator.planning.baselines import HYBRID_KEYS, read_hybrid, refuse_baseline
from orchestrator.planning.durations import parse_duration
from orchestrator.planning.fields import Field, Notes, fields, items, parsed, plain, text
from orchestrator.planning.locations import place_of
from orchestrator.planning.looks import KINDS_OF_LOOK
from orchestrator.planning.problems import did_you_mean, nearest, shown, unknown
from orchestrator.planning.timings import TIMING_KEYS, read_timing, refuse_idle_zone

_KINDS = tuple(str(kind) for kind in TargetKind)
_SHARED = ("tier", "look", "max_age", *TIMING_KEYS, *HYBRID_KEYS, "options")
ENTRY_KEYS = (*_KINDS, "name", *_SHARED)
_LONGEST_NAME = 100
_LOOK = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Entry(NamedTuple):
    """A target, when it is looked at, and where it stands."""

    target: Target
    timing: Timing
    line: int
    field: Field


def read_defaults(field: Field, *, folder: Path, notes: Notes) -> Defaults:
    """Return what holds for targets that are silent."""
    given = fields(field.value, at=field.name, known=_SHARED, notes=notes)
    return _shared(given, Defaults(), folder=folder, notes=notes)


def read_entry(field: Field, *, defaults: Defaults, folder: Path, notes: Notes) -> Entry | None:
    """Return one target; None, and noted, where it cannot be told what it points at."""
    given = fields(field.value, at=field.name, known=ENTRY_KEYS, notes=notes)
    kinds = [each for key, each in given.items() if key in _KINDS]
    if len(kinds) != 1:
        if kinds or not _misspelt(field.value):
            notes.add(field.value, field=field.name, message=_kind_fault(kinds))
        return None
    return _entry(kinds[0], given=given, defaults=defaults, folder=folder, notes=notes)


def _entry(
    kind_field: Field, *, given: Mapping[str, Field], defaults: Defaults, folder: Path, notes: Notes
) -> Entry | None:
    """Return the target of an entry whose kind is clear; None, and noted, where its place is not."""
    kind = TargetKind(_last(kind_field))
    location = parsed(kind_field, by=lambda words: place_of(kind, words, folder=folder), otherwise="", notes=notes)
    name = text(given["name"], notes=notes, most=_LONGEST_NAME) if "name" in given else ""
    if kind is TargetKind.ADVISORIES and "look" in given:
        message = "advisories are read for the other targets and never looked at; remove this line"
        notes.add(given["look"].key, field=given["look"].name, message=message)
    shared = _shared(given, _fitting(defaults, kind=kind), folder=folder, notes=notes)
    refuse_baseline(given, shared, kind=kind, notes=notes)
    if not location:
        return None
    refuse_idle_zone(given, shared.timing, notes=notes)
    target = Target(kind=kind, location=location, name=name, **_of_target(shared))
    return Entry(target, shared.timing, line=kind_field.key.start_mark.line + 1, field=kind_field)


def _of_target(shared: Defaults) -> dict[str, Any]:
    """Return what a target itself holds of what was given or stands in."""
    return {name: value for name, value in shared if name in Target.model_fields}


def _last(field: Field) -> str:
    """Return a field's own key, without the names of what it stands in."""
    return field.name.rpartition(".")[2]


def _kind_fault(kinds: Iterable[Field]) -> str:
    """Return the message for an entry that names no kind, or several."""
    named = ", ".join(f"'{_last(each)}'" for each in kinds)
    places = "'github: OWNER/NAME', 'package: ECOSYSTEM/NAME', 'git: PATH', 'sbom: PATH', 'feed: ADDRESS'"
    options = f"{places} or 'advisories: FOLDER'"
    return f"names {named} at once; make one entry of each" if named else f"says not what to watch; give {options}"


def _misspelt(node: yaml.Node) -> bool:
    """Whether one of an entry's keys is so near to a kind that its own message says all that there is to say."""
    if not isinstance(node, yaml.MappingNode):
        return True
    return any(did_you_mean(str(key.value), among=_KINDS) for key, _ in node.value if key.value not in ENTRY_KEYS)


def _fitting(defaults: Defaults, *, kind: TargetKind) -> Defaults:
    """Return the defaults for a kind: looks that we know to be of other kinds do not reach it."""
    looks = tuple(look for look in defaults.look if kind in KINDS_OF_LOOK.get(look, frozenset(TargetKind)))
    if kind is TargetKind.ADVISORIES:
        return defaults.model_copy(update={"look": (), "hybrid": Hybrid.OFF, "baseline_command": ()})
    return defaults.model_copy(update={"look": looks})


def _shared(given: Mapping[str, Field], base: Defaults, *, folder: Path, notes: Notes) -> Defaults:
    """Return the base with what was given in its place."""
    update: dict[str, object] = {}
    if "tier" in given:
        update["tier"] = parsed(given["tier"], by=_tier, otherwise=base.tier, notes=notes)
    if "look" in given:
        update["look"] = _looks(given["look"], notes=notes)
    if "max_age" in given:
        seconds = parsed(given["max_age"], by=parse_duration, otherwise=base.max_age_seconds, notes=notes)
        update["max_age_seconds"] = seconds
    update["timing"] = read_timing(given, base.timing, notes=notes)
    update |= read_hybrid(given, folder=folder, notes=notes)
    if "options" in given:
        update["options"] = {**base.options, **plain(given["options"], notes=notes)}
    return base.model_copy(update=update)


def _tier(word: str) -> str:
    """Return a tier that we know."""
    if word not in TIERS:
        raise ValueError(unknown(word, what="tier", known=TIERS))
    return word


def _looks(field: Field, *, notes: Notes) -> tuple[str, ...]:
    """Return the looks of a list, each once; those that cannot be looks are noted."""
    found: dict[str, Field] = {}
    for item in items(field, notes=notes):
        word = parsed(item, by=look_word, otherwise="", notes=notes)
        if word in found:
            notes.add(item.value, field=item.name, message=f"{shown(word)} is given twice; keep one")
        elif word:
            found[word] = item
    return tuple(found)


def look_word(word: str) -> str:
    """Return a word that may be a look. A new one is kept: the plan says whether any agent can do it.

    ValueError for the misspelling of a known one, and for what is no plain word.
    """
    if word in KINDS_OF_LOOK:
        return word
    near = nearest(word, among=KINDS_OF_LOOK)
    if near:
        raise ValueError(f"is no look; did you mean {near!r}?")
    if not _LOOK.fullmatch(word):
        raise ValueError("is no look; write one plain word in small letters, such as 'health' or 'exposure'")
    return word
