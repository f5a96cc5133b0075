"""A RabbitMQ of our own from the system's package: on loopback, in a folder of ours, gone at the end.

Nothing of the installation's own node is touched: node name, data, logs, cookie, ports and the port mapper are ours.
"""

import os
import secrets
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from kombu.connection import Connection
from kombu.exceptions import OperationalError

from orchestrator.errors import ServiceError
from orchestrator.local.child import Child, Command, run_to_end
from orchestrator.local.readiness import wait_until_ready

PROGRAM = "rabbitmq-server"
INSTALL = "apt-get install rabbitmq-server"
STOP_SECONDS = 20.0
_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
_LOOPBACK = "127.0.0.1"


def program() -> Path | None:
    """Return the server's start script; None where none is installed.

    Debian puts a wrapper on ``PATH`` that changes to its own user and folders; the script itself lies where it points.
    """
    found = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}")
    if found is None:
        return None
    resolved = Path(found).resolve()
    return resolved.parent / PROGRAM if resolved.name != PROGRAM else resolved


@dataclass
class RabbitServer:
    """One node that can be started, stopped, killed and started again. Call it from the main thread (see leash.py)."""

    folder: Path
    script: Path
    port: int
    mapper_port: int
    link_port: int
    password: str = field(repr=False)
    _mapper: Child | None = field(default=None, init=False)
    _node: Child | None = field(default=None, init=False)

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Return a server, not yet started, whose files will all be in the folder. ServiceError where none is here."""
        script = program()
        if script is None:
            raise ServiceError(f"{PROGRAM} is not installed: {INSTALL}")
        port, mapper, link = _free_ports(3)
        return cls(folder, script.resolve(), port, mapper, link, secrets.token_hex(16))

    @property
    def url(self) -> str:
        """The broker's address with its password."""
        return f"amqp://lookout:{self.password}@{_LOOPBACK}:{self.port}//"

    @property
    def pid(self) -> int | None:
        """The node's process."""
        return self._node.pid if self._node else None

    def start(self) -> None:
        """Start it and return when it lets us in. Raises ``ServiceError``."""
        self._configure()
        epmd = shutil.which("epmd", path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}") or "epmd"
        words = (epmd, "-port", str(self.mapper_port), "-address", _LOOPBACK)
        with ExitStack() as undo:
            if self._mapper is None or self._mapper.exit_code() is not None:
                self._mapper = self._child("epmd", words)
                undo.callback(self._mapper.kill)
            node = self._child("rabbitmq", (str(self.script),))
            undo.callback(node.kill)
            wait_until_ready(node, name="RabbitMQ", data=self.folder, ready=self.answers)
            undo.pop_all()
        self._node = node

    def stop(self) -> None:
        """Stop it cleanly, its port mapper too."""
        if self._node:
            self._node.stop(signal.SIGTERM, seconds=STOP_SECONDS)
        if self._mapper:
            self._mapper.kill()

    def kill(self) -> None:
        """Kill the node as a crash would; its data stay."""
        if self._node:
            self._node.kill()

    def forget(self) -> None:
        """Remove all that a stopped or killed node kept on disk."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def control(self, *words: str) -> None:
        """Run ``rabbitmqctl`` on the node. Raises ``ServiceError`` with what it said."""
        argv = (str(self.script.parent / "rabbitmqctl"), *words)
        run_to_end(self._command("control", argv), seconds=60, path=self.folder)

    def answers(self) -> bool:
        """Whether it lets us in."""
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=2)
        except (OperationalError, OSError):
            return False
        return True

    def version(self) -> str:
        """Return what the running node says that it is."""
        with Connection(self.url) as connection:
            connection.connect()
            return str(connection.connection.server_properties["version"])

    def _configure(self) -> None:
        """Write what the node reads at its start."""
        for name in ("data", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        lines = (
            f"listeners.tcp.default = {_LOOPBACK}:{self.port}",
            "default_user = lookout",
            f"default_pass = {self.password}",
            "log.console = true",
            "log.console.level = warning",
            "log.file = false",
        )
        config = self.folder / "rabbitmq.conf"
        config.write_text("".join(f"{line}\n" for line in lines))
        config.chmod(0o600)
        (self.folder / "plugins").write_text("[].\n")

    def _child(self, name: str, argv: tuple[str, ...]) -> Child:
        return Child(self._command(name, argv))

    def _command(self, name: str, argv: tuple[str, ...]) -> Command:
        log = self.folder / "logs" / f"{name}.log"
        return Command(argv, log, signal.SIGKILL, env=self._environment(), cwd=self.folder)

    def _environment(self) -> dict[str, str]:
        """Return all that the node's processes get."""
        return {
            "PATH": f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder),
            "RUNNING_UNDER_SYSTEMD": "1",  # the script becomes the node: one process to stop or kill
            "RABBITMQ_NODENAME": f"lookout{self.port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "no-such-file"),
            "RABBITMQ_DIST_PORT": str(self.link_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": _LOOPBACK,
        }


@contextmanager
def running(folder: Path, *, say: Callable[[str], None] = lambda _words: None) -> Iterator[RabbitServer]:
    """Yield a node that answers, with its files in the folder. Raises ``ServiceError`` where none can start."""
    server = RabbitServer.in_folder(folder)
    say("RabbitMQ: starting")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((_LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in sockets]
