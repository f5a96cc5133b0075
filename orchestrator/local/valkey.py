"""The embedded Valkey server: closed from the first moment, on a unix socket, with an append-only file."""

import os
import re
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from orchestrator.errors import ServiceError
from orchestrator.local.child import Child, Command
from orchestrator.local.files import write_private
from orchestrator.local.passwords import Passwords
from orchestrator.local.place import Place, own_folder
from orchestrator.local.readiness import wait_until_ready
from orchestrator.local.trouble import disk_trouble

STOP_SECONDS = 15.0
PING_SECONDS = 5.0
PLAIN_BYTE = re.compile(rb"[A-Za-z0-9_./-]")


def quoted(value: str) -> str:
    """Return the value as one quoted word of a Valkey configuration file, whatever bytes it has."""
    return '"' + "".join(character(byte) for byte in os.fsencode(value)) + '"'


def character(byte: int) -> str:
    """Return one byte of a quoted word: itself where it is plain, else in hexadecimal."""
    plain = PLAIN_BYTE.fullmatch(bytes([byte]))
    return chr(byte) if plain else f"\\x{byte:02x}"


def configuration(place: Place, *, password: str) -> str:
    """Return the server's configuration: no port, a password, every write in the append-only file within a second."""
    settings = {
        "port": "0",
        "unixsocket": str(place.valkey_socket),
        "unixsocketperm": "700",
        "requirepass": password,
        "dir": str(place.valkey),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "save": "",
        "daemonize": "no",
        # A broker that forgot messages to save memory would lose work silently.
        "maxmemory-policy": "noeviction",
    }
    return "".join(f"{name} {quoted(value)}\n" for name, value in settings.items())


@dataclass
class ValkeyServer:
    """The server of one home; ``held`` are the descriptors that it keeps open for as long as it lives."""

    place: Place
    program: Path
    passwords: Passwords
    config: Path
    log: Path
    held: tuple[int, ...]
    name: str = "valkey"
    _child: Child | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The running server's process, or None."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start it and return when it answers a ping with its password. Raises ``ServiceError``."""
        own_folder(self.place.valkey, account=self.place.account)
        with disk_trouble(self.config, doing="write"):
            write_private(self.config, configuration(self.place, password=self.passwords.broker.get_secret_value()))
        child = Child(self._command())
        with ExitStack() as undo:
            undo.callback(child.stop, signal.SIGTERM, seconds=STOP_SECONDS)
            wait_until_ready(child, name="Valkey", data=self.place.valkey, ready=self.answers)
            undo.pop_all()
        self._child = child

    def exit_code(self) -> int | None:
        """Return None while it runs, else how it ended; None too before its first start."""
        return self._child.exit_code() if self._child else None

    def stop(self) -> None:
        """Stop it; it writes its file to the disk first."""
        if self._child:
            self._child.stop(signal.SIGTERM, seconds=STOP_SECONDS)

    def answers(self) -> bool:
        """Whether it answers; False while it starts. Raises ``ServiceError`` where it knows another password."""
        if not self.place.valkey_socket.exists():
            return False
        client = redis.Redis(
            unix_socket_path=str(self.place.valkey_socket),
            password=self.passwords.broker.get_secret_value(),
            socket_timeout=PING_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return bool(client.ping())
        except redis.AuthenticationError as error:
            raise ServiceError(
                f"{self.place.valkey_socket} answers, but not to our password: another server took that path; end it"
            ) from error
        except (redis.ConnectionError, redis.TimeoutError):
            return False  # BusyLoadingError is one of these: it reads its file.
        finally:
            client.close()

    def _command(self) -> Command:
        # The configuration comes by stdin: the account that runs the server need not, and cannot, open the file.
        argv = (str(self.program), "-")
        return Command(argv, self.log, signal.SIGTERM, account=self.place.account, held=self.held, stdin=self.config)
