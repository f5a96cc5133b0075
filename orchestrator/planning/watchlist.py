"""One YAML file becomes a ``Watchlist``, or an error that lists all that is wrong with it, line by line."""

from pathlib import Path
from typing import NamedTuple

import yaml

from agents.contract import Severity
from orchestrator.domain.watchlist import Defaults, Timing, Watchlist
from orchestrator.errors import WatchlistError
from orchestrator.planning.documents import compose, read_text
from orchestrator.planning.entries import Entry, read_defaults, read_entry
from orchestrator.planning.fields import Field, Notes, fields, items, parsed, text
from orchestrator.planning.problems import Problem
from orchestrator.planning.responding import read_rules, severity_named, yes_or_no

MAX_TARGETS = 10_000
VERSION = "1"
_KEYS = ("version", "name", "defaults", "targets", "report", "hold_report", "respond")
_LONGEST_NAME = 100
_SHOWN_PROBLEMS = 100


class _Report(NamedTuple):
    """What the ``report:`` part says."""

    fail_on: Severity | None = None


def load_watchlist(path: Path, *, max_targets: int = MAX_TARGETS) -> Watchlist:
    """Return the watchlist in a file. WatchlistError names everything that is wrong with it, not only the first fault.

    Relative places are taken from the file's own folder. Whether anything is there is asked by ``check_paths``.
    """
    return parse_watchlist(read_text(path), path=path, max_targets=max_targets)


def parse_watchlist(document: str, *, path: Path, max_targets: int = MAX_TARGETS) -> Watchlist:
    """Return the watchlist that a text says; the path gives its folder and stands in its errors. No file is read."""
    notes = Notes(str(path))
    given = fields(compose(document, file=str(path)), at="", known=_KEYS, notes=notes)
    if "version" in given:
        _check_version(given["version"], notes=notes)
    defaults = (
        read_defaults(given["defaults"], folder=path.absolute().parent, notes=notes)
        if "defaults" in given
        else Defaults()
    )
    report = _report(given["report"], notes=notes) if "report" in given else _Report()
    rules = read_rules(given["respond"], notes=notes) if "respond" in given else ()
    held = parsed(given["hold_report"], by=yes_or_no, otherwise=False, notes=notes) if "hold_report" in given else False
    name = text(given["name"], notes=notes, most=_LONGEST_NAME) if "name" in given else path.stem[:_LONGEST_NAME]
    whole = path.absolute()
    entries = _entries(given.get("targets"), defaults=defaults, folder=whole.parent, most=max_targets, notes=notes)
    _refuse(notes)
    return Watchlist(
        name=name,
        targets=tuple(entry.target for entry in entries),
        defaults=defaults,
        path=whole,
        fail_on=report.fail_on,
        hold_report=held,
        respond=rules,
        timings={entry.target.id: entry.timing for entry in entries if entry.timing != Timing()},
        lines={entry.target.id: entry.line for entry in entries},
    )


def _refuse(notes: Notes) -> None:
    """Raise what was noted, in the file's order, if anything was."""
    if notes.problems:
        ordered = sorted(notes.problems, key=lambda problem: (problem.line, problem.column))
        lines = [str(problem) for problem in ordered[:_SHOWN_PROBLEMS]]
        more = len(ordered) - len(lines)
        raise WatchlistError(*lines, *([f"{notes.file}: … and {more} more problems"] if more else []))


def _check_version(field: Field, *, notes: Notes) -> None:
    """Note a version that this code does not read."""
    if not isinstance(field.value, yaml.ScalarNode) or field.value.value != VERSION:
        notes.add(field.value, field=field.name, message=f"only version {VERSION} is read here; write 'version: 1'")


def _report(field: Field, *, notes: Notes) -> _Report:
    """Return what the report's part says."""
    given = fields(field.value, at=field.name, known=_Report._fields, notes=notes)
    if "fail_on" not in given:
        return _Report()
    return _Report(fail_on=parsed(given["fail_on"], by=severity_named, otherwise=None, notes=notes))


def _entries(field: Field | None, *, defaults: Defaults, folder: Path, most: int, notes: Notes) -> tuple[Entry, ...]:
    """Return the entries of ``targets:``; a missing list, too many entries, and doubled ones are noted."""
    if field is None:
        message = "is missing; give a list with at least one entry, such as '- github: OWNER/NAME'"
        notes.problems.append(Problem(file=notes.file, line=1, column=1, field="targets", message=message))
        return ()
    listed = items(field, notes=notes)
    if len(listed) > most:
        message = f"holds {len(listed)} targets, more than the limit of {most}; split it or raise the limit"
        notes.add(field.value, field=field.name, message=message)
        return ()
    read = (read_entry(each, defaults=defaults, folder=folder, notes=notes) for each in listed)
    return _once([entry for entry in read if entry], notes=notes)


def _once(entries: list[Entry], *, notes: Notes) -> tuple[Entry, ...]:
    """Return the entries, the same target once; a second one is noted with the line of the first."""
    found: dict[str, Entry] = {}
    for entry in entries:
        first = found.setdefault(entry.target.id, entry)
        if first is not entry:
            message = f"is the same target as in line {first.line} ({entry.target.location}); keep one of the two"
            notes.add(entry.field.key, field=entry.field.name, message=message)
    return tuple(found.values())
