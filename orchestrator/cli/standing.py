"""Keeping a whole stack up until somebody says stop, and saying what is where."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from agents.catalog import catalog
from agents.contract import Pool
from orchestrator.cli.exits import Exit
from orchestrator.cli.inputs import read_watchlist
from orchestrator.cli.passing import stack_shape
from orchestrator.cli.terminal import say, show
from orchestrator.local.keeper import Row
from orchestrator.local.opening import Opened, migrate_home, opened
from orchestrator.local.owner import acquire
from orchestrator.local.signals import stop_on
from orchestrator.local.stack import processes
from orchestrator.local.supervisor import Supervisor
from orchestrator.queues import served_by, urgent_lanes
from orchestrator.scheduling.schedules import watch
from orchestrator.settings import Settings
from orchestrator.store.process import engine


def stand(settings: Settings, *, watchlists: tuple[Path, ...], flower: bool) -> int:
    """Run the stack until a signal; return the exit code."""
    read = [read_watchlist(path) for path in watchlists]
    port = settings.flower_port if flower else None
    with ExitStack() as held:
        stop = held.enter_context(stop_on())
        if settings.database_url is not None and settings.broker_url is not None:
            _own_external(settings, held)
        servers = held.enter_context(opened(settings, must_own=True))
        for watchlist in read:
            with engine().begin() as conn:
                watch(conn, watchlist, now=datetime.now(UTC))
        specs = processes(stack_shape(settings, servers, flower_port=port), specs=catalog())
        with Supervisor(specs, services=servers.keepers) as supervisor:
            _greet(settings, servers, port=port)
            supervisor.run(stop, on_change=_Changes().tell)
            say("stopping: steps at work are given back or finished first")
    return Exit.OK


def _own_external(settings: Settings, held: ExitStack) -> None:
    """With servers elsewhere, the home still has one owner on this machine; its schema is brought up to date."""
    from orchestrator.local.home import home_at  # noqa: PLC0415  only where nothing is embedded

    home = home_at(settings.home)
    home.prepare()
    held.enter_context(acquire(home))
    say(migrate_home(settings))


def _greet(settings: Settings, servers: Opened, *, port: int | None) -> None:
    """Say what is where."""
    specs = catalog()
    database = "elsewhere (DATABASE_URL)" if settings.database_url else "embedded Postgres"
    broker = "elsewhere (CELERY_BROKER_URL)" if settings.broker_url else "embedded Valkey"
    show(f"home       {servers.home.path}")
    show(f"database   {database}")
    show(f"broker     {broker}")
    show(f"logs       {servers.home.logs}")
    show(f"waiting    {settings.waiting_concurrency} threads on {', '.join(served_by(specs, Pool.THREADS))}")
    show(f"computing  {settings.computing_concurrency} processes on {', '.join(served_by(specs, Pool.PROCESSES))}")
    show(f"urgent     {settings.urgent_concurrency} threads on {', '.join(urgent_lanes(specs))}")
    if port is not None:
        show(f"flower     http://127.0.0.1:{port}")
    show("Ctrl-C stops everything; `lookout run WATCHLIST` in another terminal uses it")


class _Changes:
    """Says what changed since the last look."""

    def __init__(self) -> None:
        self._known: dict[str, Row] = {}

    def tell(self, rows: tuple[Row, ...]) -> None:
        """Say which processes started, died, or were started again."""
        for row in rows:
            before = self._known.get(row.name)
            if before is None or (before.state, before.pid) != (row.state, row.pid):
                trouble = f": {row.trouble}" if row.trouble else ""
                say(f"{row.name} {row.state}{f' as pid {row.pid}' if row.pid else ''}{trouble}")
            self._known[row.name] = row
