"""Keeping a whole stack up until somebody says stop, and saying what is where."""

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

from agents.catalog import catalog
from agents.contract import Pool
from orchestrator.cli.exits import Exit
from orchestrator.cli.inputs import read_watchlist
from orchestrator.cli.interrupting import undoing
from orchestrator.cli.rereading import Edits
from orchestrator.cli.scheduling import put_schedules
from orchestrator.cli.tending import stack_shape
from orchestrator.cli.terminal import say, show
from orchestrator.errors import ServiceError
from orchestrator.flower_view import credentials
from orchestrator.local.keeper import Row
from orchestrator.local.opening import Opened, opened
from orchestrator.local.signals import SignalFlag, stop_on
from orchestrator.local.stack import processes
from orchestrator.local.supervisor import Supervisor
from orchestrator.queues import served_by, served_by_reserve
from orchestrator.settings import Settings

_LOOPBACK = "127.0.0.1"


def stand(settings: Settings, *, watchlists: tuple[Path, ...], flower: bool) -> int:
    """Run the stack until a signal; return the exit code: 130 after Ctrl-C, 0 where somebody asked it to end."""
    read = [read_watchlist(path) for path in watchlists]
    port = settings.flower_port if flower else None
    if port is not None:
        credentials(settings)
        require_free(port)
    with undoing(), ExitStack() as held:
        servers = held.enter_context(opened(settings, must_own=True))
        edits = Edits(watchlists, settings)
        put_schedules(settings, read)
        specs = processes(stack_shape(settings, servers, flower_port=port), specs=catalog())
        supervisor = held.enter_context(Supervisor(specs, services=servers.keepers))
        with stop_on() as stop:
            greet(settings, servers, port=port)
            supervisor.run(stop, on_change=Changes().tell, beside=edits.look)
        # The signals do again what they did before: one more ends at once what takes its time.
        say("stopping: steps at work are given back or finished first; once more ends it at once")
    return exit_code(stop)


def require_free(port: int) -> None:
    """Raise ``ServiceError`` where something else listens on Flower's port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            raise ServiceError(
                f"flower_port is {port}, which cannot be had ({error.strerror}): set LOOKOUT_FLOWER_PORT to a free one"
            ) from error


def exit_code(stop: SignalFlag) -> Exit:
    """Return how it ended: a person's Ctrl-C is an interruption, a service manager's SIGTERM is not."""
    return Exit.INTERRUPTED if stop.received is signal.SIGINT else Exit.OK


def greet(settings: Settings, servers: Opened, *, port: int | None) -> None:
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
    show(f"urgent     {settings.urgent_concurrency} threads on {', '.join(served_by_reserve(specs))}")
    if port is not None:
        show(f"flower     http://{_LOOPBACK}:{port}")
        if settings.flower_basic_auth is None:
            say("flower is open to every user of this machine: LOOKOUT_FLOWER_BASIC_AUTH=USER:PASSWORD closes it")
    show("Ctrl-C stops everything; `lookout run WATCHLIST` in another terminal uses it")


class Changes:
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
