"""The embedded Postgres server: a child of ours on a unix socket, with data that survive any end of either."""

import signal
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.local.child import Child, Command
from orchestrator.local.cluster import ensure_cluster
from orchestrator.local.passwords import Passwords
from orchestrator.local.pidfile import clear_stale, read_pid_file
from orchestrator.local.place import Place
from orchestrator.local.readiness import wait_until_ready
from orchestrator.local.roles import ensure_roles
from orchestrator.local.sockets import POSTGRES_PORT

STOP_SECONDS = 30.0
SETTINGS = {
    "listen_addresses": "",
    "port": str(POSTGRES_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # Small: one machine's stack shares its memory with the analysis. Durability is not traded for it.
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Nobody replicates an embedded server.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "lookout",
}


@dataclass
class PostgresServer:
    """The server of one home; ``held`` are the descriptors that it keeps open for as long as it lives."""

    place: Place
    programs: Path
    passwords: Passwords
    log: Path
    held: tuple[int, ...]
    name: str = "postgres"
    _child: Child | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The running server's process, or None."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start it, making the cluster and the roles where they are missing; return when it answers.

        After a crash it recovers by itself first. Raises ``ServiceError``.
        """
        cluster = self.place.postgres
        ensure_cluster(
            cluster,
            programs=self.programs,
            password=self.passwords.superuser.get_secret_value(),
            account=self.place.account,
            log=self.log,
            held=self.held,
        )
        clear_stale(cluster)
        child = Child(self._command())
        with ExitStack() as undo:
            undo.callback(child.stop, signal.SIGINT, seconds=STOP_SECONDS)
            wait_until_ready(child, name="Postgres", data=cluster, ready=lambda: self._says_ready(child))
            ensure_roles(self.place.sockets, passwords=self.passwords)
            undo.pop_all()
        self._child = child

    def exit_code(self) -> int | None:
        """Return None while it runs, else how it ended; None too before its first start."""
        return self._child.exit_code() if self._child else None

    def stop(self) -> None:
        """Stop it at once but cleanly (a "fast" shutdown): transactions are rolled back, and nothing needs recovery."""
        if self._child:
            self._child.stop(signal.SIGINT, seconds=STOP_SECONDS)

    def _says_ready(self, child: Child) -> bool:
        found = read_pid_file(self.place.postgres)
        return found is not None and found.ready and found.pid == child.pid

    def _command(self) -> Command:
        settings = {**SETTINGS, "unix_socket_directories": str(self.place.sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        argv = (str(self.programs / "postgres"), "-D", str(self.place.postgres), *options)
        return Command(argv, self.log, signal.SIGINT, account=self.place.account, held=self.held)
