"""How fresh each source is, on the command line."""

from dataclasses import asdict

from orchestrator.cli.ledgering import ledger
from orchestrator.cli.tables import show_table
from orchestrator.cli.terminal import say, show_json
from orchestrator.collection.freshness import Freshness, read_freshness
from orchestrator.local.opening import is_unused
from orchestrator.planning.durations import duration_text
from orchestrator.settings import get_settings

_HEADINGS = ("target", "source", "last look", "age", "last read", "items", "put aside", "detail")


def show_sources(*, target: str | None, source: str | None, limit: int, as_json: bool) -> None:
    """Show sources, the worst first."""
    found: tuple[Freshness, ...] = ()
    if not is_unused(get_settings()):
        with ledger() as engine, engine.connect() as conn:
            found = read_freshness(conn, target=target, source=source, limit=limit + 1)
    listed, more = found[:limit], len(found) > limit
    if as_json:
        show_json([{**asdict(one), "late": one.late} for one in listed])
    else:
        show_table(_HEADINGS, map(_cells, listed), empty="no source was looked at yet: `lookout run WATCHLIST` does")
    if more:
        say(f"these are the worst {limit:,}: --limit shows more, --target those of one target")


def _cells(one: Freshness) -> tuple[str, ...]:
    """Return a source's cells."""
    return (
        one.target,
        one.source,
        one.state.value.replace("_", " ") if one.state else "unknown",
        _age(one),
        f"{one.read_at:%Y-%m-%d %H:%M:%S}" if one.read_at else "never",
        "-" if one.items is None else f"{one.items:,}",
        f"{one.quarantined:,}" if one.quarantined else "",
        one.detail,
    )


def _age(one: Freshness) -> str:
    """Return how old a source's data is, how old it may be, and whether that is too old."""
    if one.age is None:
        return "-"
    old = duration_text(max(0.0, one.age))
    may_be = "" if one.max_age is None else f" of {duration_text(one.max_age)}"
    return f"{old}{may_be}{', late' if one.late else ''}"
