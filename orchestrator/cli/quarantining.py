"""What could not be read, on the command line: shown, read again, dropped."""

import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from agents.report.escape import paragraphs
from orchestrator.cli.exits import Exit
from orchestrator.cli.ledgering import ledger
from orchestrator.cli.passing import Wishes, see_through
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.collection.aside import Aside, Chosen, count_aside, drop_aside, list_aside, nothing_aside
from orchestrator.collection.replaying import Replay, Replayed, replay
from orchestrator.ledger.submit import Accepted
from orchestrator.local.opening import is_unused
from orchestrator.settings import get_settings

_HEADINGS = ("target", "source", "key", "since", "run", "reason")


def show_all(*, target: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """Show what was put aside, the newest first."""
    items: tuple[Aside, ...] = ()
    if not is_unused(get_settings()):
        with ledger() as engine, engine.connect() as conn:
            items = list_aside(conn, Chosen(target, source), limit=limit)
    if as_json:
        show_json([asdict(item) for item in items])
        return
    show_table(_HEADINGS, map(_cells, items), empty="everything that was met could be read")


def show_some(target: str, *, source: str | None, key: str | None, limit: int, as_json: bool) -> None:
    """Show what was put aside of a target, each with how it begins."""
    chosen = Chosen(target, source, key)
    with ledger() as engine, engine.connect() as conn:
        items = list_aside(conn, chosen, limit=limit)
        if not items:
            raise nothing_aside(conn, chosen)
    if as_json:
        show_json([asdict(item) for item in items])
        return
    for item in items:
        for words in _words(item):
            show(words)
    say(f"once it is mended, `lookout quarantine replay {target}` has it read again from its beginning")


def read_again(target: str, *, source: str | None, wishes: Wishes) -> int:
    """Have a target read again from its beginning and see the run through; return the exit code."""
    wish = Replay(target, source)
    with ledger():  # says what is wrong with a home that is not there, before anything is started
        pass

    def accept() -> Accepted:
        from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

        replayed = replay(wiring.intake(), wish)
        say(_told(wish, replayed))
        return replayed.accepted

    return see_through(get_settings(), accept, wishes=wishes)


def drop_some(target: str | None, *, source: str | None, key: str | None, yes: bool) -> int:
    """Drop what was put aside, having asked; return the exit code."""
    chosen = Chosen(target, source, key)
    with ledger() as engine:
        with engine.connect() as conn:
            found = count_aside(conn, chosen)
        if not yes and not _agreed(f"drop {_items(found)} {chosen.words}"):
            say("nothing was dropped")
            return Exit.FAILED
        with engine.begin() as conn:
            gone = drop_aside(conn, chosen)
    show(f"{_items(gone)} {chosen.words}: dropped")
    return Exit.OK


def _agreed(what: str) -> bool:
    """Whether the person at the terminal says yes. UsageError where there is none to ask."""
    if not sys.stdin.isatty():
        raise click.UsageError(f"nobody is here to ask whether to {what}: say --yes")
    return click.confirm(paragraphs(what), err=True)


def _told(wish: Replay, replayed: Replayed) -> str:
    """Return what a replay did, in words."""
    if not replayed.items:
        return f"{wish.target}: nothing was put aside since it was last read from its beginning, in this run"
    back = ", ".join(replayed.sources) or "none was known"
    return f"{wish.target}: {_items(replayed.items)} forgotten; read from the beginning again: {back}"


def _items(number: int) -> str:
    """Return the number with its noun."""
    return f"{number:,} item" if number == 1 else f"{number:,} items"


def _cells(item: Aside) -> tuple[str, ...]:
    """Return an item's cells."""
    return item.target, item.source, item.key, f"{item.at:%Y-%m-%d %H:%M:%S}", str(item.run_id), item.reason


def _words(item: Aside) -> Iterator[str]:
    """Yield what is known of an item, a line for each thing; what a stranger wrote is kept apart by a bar."""
    yield f"{item.target}, {item.source}: {item.key}"
    yield f"  met last: {item.at:%Y-%m-%d %H:%M:%S} UTC, by run {item.run_id}"
    yield f"  reason: {item.reason}"
    if item.raw:
        yield "  how it begins:"
        yield from (f"    | {line}" for line in paragraphs(item.raw).split("\n"))
