"""A trigger's options, read and checked: a misspelt one is refused, not passed over."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from agents.contract import Frozen
from orchestrator.domain.responses import Rule
from orchestrator.domain.triggers import Priority
from orchestrator.errors import PlanningError
from orchestrator.planning.durations import parse_duration
from orchestrator.planning.entries import look_word
from orchestrator.planning.problems import shown, unknown

_MOST_DAYS = 3_650


class Options(Frozen):
    """What a caller may ask for beside the trigger itself."""

    look: tuple[str, ...] = ()
    """Only these looks; empty: whatever the trigger's kind and its targets say."""
    without: frozenset[str] = frozenset()
    """Names of agents that must not take part."""
    priority: Priority | None = None
    deadline: float | None = None
    """Seconds; written as a number of them, or as ``30m``."""
    step_limit: float | None = None
    """The longest that any one step may take, in seconds or as ``30s``; a target may set a shorter one."""
    hold_report: bool = False
    """Whether the run's result waits for an approval before it goes out."""
    aliases: tuple[str, ...] = ()
    """Other ids of an advisory: whichever of its names a source uses, it is one run."""
    window: int | None = None
    """Seconds of a keyword spike's window: spikes of one subject within it are one run."""
    delivery: str = ""
    """A webhook's delivery id: a delivery that comes again is one run."""
    label: str = ""
    """What the report is called."""
    watchlist: str = ""
    """The name of the watchlist that the targets come from; the report is called after it where it has no label."""
    signal_window_days: int | None = None
    """How many days back a repository's signals count."""
    respond: tuple[Rule, ...] = ()
    """What findings of the run may set off; a watchlist gives it."""


def read_options(options: Mapping[str, JsonValue]) -> Options:
    """Return the options, checked. PlanningError lists everything that is wrong with them, in one line."""
    values: dict[str, Any] = {}
    faults = []
    for name, value in options.items():
        try:
            values[name] = _reader(name)(value)
        except ValueError as error:
            faults.append(f"options.{name}: {error}")
    if faults:
        raise PlanningError("; ".join(faults))
    return Options(**values)


def _reader(name: str) -> Callable[[JsonValue], object]:
    """Return what reads the option of that name; ValueError where there is no such option."""
    if name not in _READERS:
        raise ValueError(unknown(name, what="option", known=_READERS))
    return _READERS[name]


def _text(value: JsonValue) -> str:
    """Return a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is no text; write one, as in 'name'")
    return value.strip()


def _texts(value: JsonValue) -> tuple[str, ...]:
    """Return a list of texts, each once."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"{shown(value)} is no list of texts; write one, as in ['health']")
    return tuple(dict.fromkeys(_text(item) for item in value))


def _looks(value: JsonValue) -> tuple[str, ...]:
    """Return a list of looks; the misspelling of a known one is refused."""
    return tuple(_look(word) for word in _texts(value))


def _look(word: str) -> str:
    """Return one look."""
    try:
        return look_word(word)
    except ValueError as error:
        raise ValueError(f"{shown(word)} {error}") from error


def _priority(value: JsonValue) -> Priority:
    """Return a priority by its name."""
    names = {priority.name.lower(): priority for priority in Priority}
    word = _text(value).lower()
    if word not in names:
        raise ValueError(f"{shown(word)} {unknown(word, what='priority', known=names)}")
    return names[word]


def seconds(value: JsonValue) -> float:
    """Return seconds, from a number of them or a span of time."""
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            raise ValueError(f"{shown(value)} {error}") from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError(f"{shown(value)} is no span of time; write a number of seconds above 0, or one as in '30m'")
    return value


def _yes_or_no(value: JsonValue) -> bool:
    """Return a yes or no."""
    if value is True or value is False:
        return value
    raise ValueError(f"{shown(value)} is neither true nor false; write one of the two")


def _days(value: JsonValue) -> int:
    """Return a whole number of days, of ten years at most."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_DAYS:
        raise ValueError(f"{shown(value)} is no whole number from 1 to {_MOST_DAYS}")
    return value


def _rules(value: JsonValue) -> tuple[Rule, ...]:
    """Return rules of automated response, as a watchlist writes them into its triggers."""
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"{shown(value)} is no list of rules; write them under 'respond:' in a watchlist")
    try:
        return tuple(Rule.model_validate(each) for each in value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{where or 'a rule'}: {shown(first['input'])} {said}") from error


_READERS: Mapping[str, Callable[[JsonValue], object]] = {
    "look": _looks,
    "without": lambda value: frozenset(_texts(value)),
    "priority": _priority,
    "deadline": seconds,
    "step_limit": seconds,
    "hold_report": _yes_or_no,
    "aliases": _texts,
    "window": lambda value: max(1, int(seconds(value))),
    "delivery": _text,
    "label": _text,
    "watchlist": _text,
    "signal_window_days": _days,
    "respond": _rules,
}
