"""The ``respond:`` list of a watchlist: rules on what a finding may set off, read and checked line by line."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import yaml

from agents.contract import Severity
from orchestrator.domain.responses import (
    ActionKind,
    Change,
    Condition,
    Deed,
    FollowUp,
    Rule,
    Webhook,
    kind_pattern,
    rule_name,
    tier_name,
    webhook_url,
)
from orchestrator.domain.triggers import Priority
from orchestrator.planning.durations import parse_duration
from orchestrator.planning.entries import look_word
from orchestrator.planning.fields import Field, Notes, fields, items, parsed
from orchestrator.planning.problems import unknown

MOST_RULES = 100
_DEEDS = tuple(str(kind) for kind in ActionKind)
_KEYS = ("name", "when", *_DEEDS, "dry_run")
_WHEN = ("kind", "severity", "tier", "new")

_Read = TypeVar("_Read")


def read_rules(field: Field, *, notes: Notes) -> tuple[Rule, ...]:
    """Return the rules of a list; everything that is wrong with one is noted, and that one is left out."""
    listed = items(field, notes=notes)
    if len(listed) > MOST_RULES:
        message = f"holds {len(listed)} rules, more than the limit of {MOST_RULES}; let one match more"
        notes.add(field.value, field=field.name, message=message)
        return ()
    found: dict[str, Rule] = {}
    for item in listed:
        rule = _rule(item, notes=notes)
        if rule and found.setdefault(rule.name, rule) is not rule:
            notes.add(item.value, field=item.name, message=f"is a second rule called {rule.name!r}; rename one of them")
    return tuple(found.values())


def _rule(field: Field, *, notes: Notes) -> Rule | None:
    """Return one rule; None, and noted, where it says no name or not what to do."""
    given = fields(field.value, at=field.name, known=_KEYS, notes=notes)
    deeds = [each for key, each in given.items() if key in _DEEDS]
    if "name" not in given:
        notes.add(field.value, field=field.name, message="has no name; give it one, such as 'name: page-on-critical'")
    if len(deeds) != 1:
        notes.add(field.value, field=field.name, message=_deed_fault([_last(each) for each in deeds]))
    if "name" not in given or len(deeds) != 1:
        return None
    name = parsed(given["name"], by=rule_name, otherwise="", notes=notes)
    when = _condition(given["when"], notes=notes) if "when" in given else Condition()
    then = _READERS[ActionKind(_last(deeds[0]))](deeds[0], notes)
    dry_run = _one(given, "dry_run", by=yes_or_no, otherwise=True, notes=notes)
    return Rule(name=name, when=when, then=then, dry_run=dry_run) if name and then else None


def _condition(field: Field, *, notes: Notes) -> Condition:
    """Return which findings a rule is for."""
    given = fields(field.value, at=field.name, known=_WHEN, notes=notes)
    return Condition(
        kinds=_several(given, "kind", by=kind_pattern, notes=notes),
        severity=_one(given, "severity", by=severity_named, otherwise=Severity.INFO, notes=notes),
        tiers=_several(given, "tier", by=tier_name, notes=notes),
        new=_one(given, "new", by=yes_or_no, otherwise=False, notes=notes),
    )


def _follow_up(field: Field, notes: Notes) -> Deed | None:
    """Return a follow-up run; ``follow_up: {}`` looks at all that the target's own looks name."""
    given = fields(field.value, at=field.name, known=("look", "priority"), notes=notes)
    return FollowUp(
        look=_several(given, "look", by=look_word, notes=notes),
        priority=_one(given, "priority", by=_priority, otherwise=None, notes=notes),
    )


def _change(field: Field, notes: Notes) -> Deed | None:
    """Return a change of a target; None, and noted, where it changes nothing."""
    given = fields(field.value, at=field.name, known=("tier", "max_age"), notes=notes)
    tier = _one(given, "tier", by=_tier_or_none, otherwise=None, notes=notes)
    age = _one(given, "max_age", by=_age_or_none, otherwise=None, notes=notes)
    if not given:
        notes.add(field.value, field=field.name, message="changes nothing; give 'tier', 'max_age', or both")
    return Change(tier=tier, max_age_seconds=age) if tier or age else None


def _webhook(field: Field, notes: Notes) -> Deed | None:
    """Return a call; None, and noted, where it says not whom to call."""
    given = fields(field.value, at=field.name, known=("url", "secret"), notes=notes)
    if "url" not in given:
        message = "says not whom to call; give 'url: https://...'"
        notes.add(field.value, field=field.name, message=message)
        return None
    url = _one(given, "url", by=webhook_url, otherwise="", notes=notes)
    secret = _one(given, "secret", by=rule_name, otherwise="default", notes=notes)
    return Webhook(url=url, secret=secret) if url else None


_READERS: Mapping[ActionKind, Callable[[Field, Notes], Deed | None]] = {
    ActionKind.FOLLOW_UP: _follow_up,
    ActionKind.CHANGE: _change,
    ActionKind.WEBHOOK: _webhook,
}


def _one(given: Mapping[str, Field], key: str, *, by: Callable[[str], _Read], otherwise: _Read, notes: Notes) -> _Read:
    """Return one value; what stands in for it where it is not given, or noted."""
    return parsed(given[key], by=by, otherwise=otherwise, notes=notes) if key in given else otherwise


def _several(given: Mapping[str, Field], key: str, *, by: Callable[[str], str], notes: Notes) -> tuple[str, ...]:
    """Return the words of a list, or the one word that stands in its place, each once."""
    if key not in given:
        return ()
    field = given[key]
    listed = (field,) if isinstance(field.value, yaml.ScalarNode) else items(field, notes=notes)
    words = (parsed(each, by=by, otherwise="", notes=notes) for each in listed)
    return tuple(dict.fromkeys(word for word in words if word))


def _last(field: Field) -> str:
    """Return a field's own key, without the names of what it stands in."""
    return field.name.rpartition(".")[2]


def _deed_fault(deeds: list[str]) -> str:
    """Return the message for a rule that does nothing, or several things."""
    named = " and ".join(repr(deed) for deed in deeds)
    options = ", ".join(f"'{deed}:'" for deed in _DEEDS)
    return f"does {named} at once; make one rule of each" if named else f"says not what to do; give one of {options}"


def yes_or_no(word: str) -> bool:
    """Return what YAML 1.2 and people mean by a yes or a no; ValueError for any other word."""
    if word.lower() not in {"true", "false", "yes", "no"}:
        raise ValueError("is neither true nor false; write one of them")
    return word.lower() in {"true", "yes"}


def severity_named(word: str) -> Severity:
    """Return a severity by its name; ValueError, with the nearest one, for any other word."""
    if word not in list(Severity):
        raise ValueError(unknown(word, what="severity", known=list(Severity)))
    return Severity(word)


def _priority(word: str) -> Priority | None:
    """Return a priority by its name."""
    names = {priority.name.lower(): priority for priority in Priority}
    if word not in names:
        raise ValueError(unknown(word, what="priority", known=names))
    return names[word]


def _tier_or_none(word: str) -> str | None:
    """Return a tier."""
    return tier_name(word)


def _age_or_none(word: str) -> int | None:
    """Return an age in seconds."""
    return parse_duration(word)
