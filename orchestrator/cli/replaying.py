"""Playing recordings, or the incident, until somebody says stop; and saying where, and how a run comes there."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from orchestrator.cli.exits import Exit
from orchestrator.cli.interrupting import undoing
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.errors import RecordingError
from orchestrator.local.signals import stop_on
from orchestrator.recordings.asking import Repertoire
from orchestrator.recordings.book import Book
from orchestrator.recordings.exchange import read_exchanges
from orchestrator.recordings.incident.play import ACTS, Incident
from orchestrator.recordings.incident.watching import settings as incident_settings
from orchestrator.recordings.pointing import settings as recorded_settings
from orchestrator.recordings.server import Told, playing
from orchestrator.redaction import Redactor, is_secret_name
from orchestrator.settings.secrets import MASK

_MOST_SHOWN = 20
"""Broken lines that are told one by one; the others are counted."""


@dataclass(frozen=True)
class Stage:
    """Where something is played, and what is told of it."""

    host: str
    port: int
    verbose: bool = False
    as_json: bool = False


def play_recordings(stage: Stage, paths: Sequence[Path], *, skip_broken: bool) -> int:
    """Play what was recorded in files and folders; return the exit code. Raises ``RecordingError``."""
    broken: list[RecordingError] = []
    read = (read_exchanges(path, broken=broken.append if skip_broken else None) for path in paths)
    exchanges = list(chain.from_iterable(read))
    for error in broken[:_MOST_SHOWN]:
        say(f"left out: {error}")
    if broken:
        say(f"left out: {len(broken):,} of {len(exchanges) + len(broken):,} lines, for they cannot be played")
    if not exchanges:
        raise RecordingError(f"there is nothing to play in {', '.join(map(str, paths))}: give another recording")
    title = ", ".join(dict.fromkeys(path.absolute().name for path in paths))
    book = Book.of(exchanges, title=title)
    told = {"title": title, "exchanges": len(exchanges), "left_out": len(broken)}
    return _play(stage, book, told=told, settings=lambda url: recorded_settings(exchanges, url=url))


def play_incident(stage: Stage, *, act: int | None, as_of: str | None) -> int:
    """Play the incident that ends at a time; return the exit code. Raises ``RecordingError``."""
    incident = Incident(_moment(as_of), act=len(ACTS) - 1 if act is None else act)
    seen = ACTS[incident.act].name
    told = {"title": incident.title, "act": incident.act, "seen": seen, "as_of": incident.as_of.isoformat()}
    return _play(stage, incident, told=told, settings=incident_settings)


def _play(
    stage: Stage, repertoire: Repertoire, *, told: Mapping[str, object], settings: Callable[[str], Mapping[str, str]]
) -> int:
    """Play until a signal, and say where; return the exit code."""
    heard = _tell if stage.verbose else None
    with undoing(), playing(repertoire, host=stage.host, port=stage.port, heard=heard) as player:
        with stop_on() as stop:
            _greet(player.url, told=told, settings=settings(player.url), as_json=stage.as_json)
            stop.wait()
        tally = player.tally
    say(f"requests: {tally.requests:,}, with 304: {tally.unchanged:,}, for what is not here: {tally.unknown:,}")
    return Exit.INTERRUPTED if stop.received is signal.SIGINT else Exit.OK


def _greet(url: str, *, told: Mapping[str, object], settings: Mapping[str, str], as_json: bool) -> None:
    """Say what is played, where, and with which settings a run asks here."""
    if as_json:
        show_json({**told, "url": url, "settings": settings})
        return
    for name, value in {**told, "address": url}.items():
        show(f"{name.replace('_', ' '):<10} {value}")
    show("")
    for name, value in settings.items():
        show(f"export {name}={value}")
    say("Ctrl-C ends it; with the settings above, `lookout run WATCHLIST` in another terminal asks here")


def _tell(told: Told) -> None:
    """Write a line about a request, without the secrets that its query may hold."""
    path, mark, query = told.path.partition("?")
    plain = [
        (name, MASK if is_secret_name(name) else value) for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    known = "" if told.known else ", not here"
    line = f"{told.method} {path}{mark}{urlencode(plain, safe=':/,*')} {told.status}, {told.size:,} bytes{known}"
    say(Redactor().text(line))


def _moment(text: str | None) -> datetime:
    """Return when the incident ends: now where nobody says. What is to come cannot be seen yet by those who look."""
    now = datetime.now(UTC)
    if text is None:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise RecordingError(f"--as-of is {text!r}, which is no time with its zone: write it as 2026-01-31T12:00Z")
    if at > now:
        raise RecordingError(f"--as-of is {text}, which is yet to come: give a time that has been")
    return at
