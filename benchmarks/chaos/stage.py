"""The stage of one load: servers, the proxy in front of them, and a private folder that is gone at the end."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from benchmarks.chaos.casting import REPOSITORY, Casting
from benchmarks.chaos.proxy import CONTROL
from benchmarks.chaos.scissors import Scissors
from benchmarks.chaos.servers import Servers, standing
from benchmarks.chaos.watch import Watch
from orchestrator.local.home import PRIVATE
from orchestrator.local.sockets import fits, short_bases, short_folder
from orchestrator.local.temporary import temporary_home
from orchestrator.settings.children import private_environment

LEASE_SECONDS = 4.0
SETTINGS: Mapping[str, str] = {
    "LOOKOUT_LEASE_SECONDS": f"{LEASE_SECONDS:g}",
    "LOOKOUT_HEARTBEAT_SECONDS": "1",
    "LOOKOUT_SWEEP_SECONDS": "1",
    "LOOKOUT_SWEEP_STUCK_SECONDS": "3",
    "LOOKOUT_BEAT_LEASE_SECONDS": "4",
    "LOOKOUT_RETRY_BACKOFF_SECONDS": "0.5",
    "LOOKOUT_VISIBILITY_TIMEOUT_SECONDS": "30",
    "LOOKOUT_SOFT_SHUTDOWN_SECONDS": "5",
}
"""Short enough that recoveries can be waited for, long enough that a busy machine is not taken for a dead one."""
_START_SECONDS = 30.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Stage:
    """Everything but the processes under test."""

    servers: Servers
    watch: Watch
    scissors: Scissors
    casting: Casting
    folder: Path
    logs: Path
    env: Mapping[str, str] = field(repr=False)

    def keep_logs(self, kept: Path | None) -> None:
        """Copy the processes' logs to where somebody wants to read them, if anybody does."""
        if kept is not None:
            shutil.copytree(self.logs, kept, dirs_exist_ok=True)


@contextmanager
def set_up() -> Iterator[Stage]:
    """Yield a stage; afterwards nothing of it is left. Call it from the main thread (see leash.py)."""
    with ExitStack() as stack:
        home = stack.enter_context(temporary_home())
        servers = stack.enter_context(standing(home))
        folder, sockets = _folder(home.path / "play"), stack.enter_context(_sockets(home.path / "cut"))
        through = servers.addresses(sockets)
        (home.path / "lookout.toml").touch()
        env = {
            **private_environment(home=home.path, config=home.path / "lookout.toml"),
            **SETTINGS,
            "DATABASE_URL": through.database_url,
            "CELERY_BROKER_URL": through.broker_url,
            "PYTHONPATH": str(REPOSITORY),
        }
        casting = Casting(folder=folder, logs=home.logs, env=env)
        words = [str(sockets), str(servers.place.postgres_socket), str(servers.place.valkey_socket)]
        proxy = casting.bystander("proxy", ["-m", "benchmarks.chaos.proxy", *words])
        stack.callback(proxy.kill)
        proxy.start()
        scissors = stack.enter_context(closing(_reach(sockets / CONTROL)))
        watch = stack.enter_context(closing(Watch(servers.addresses().database_url)))
        yield Stage(
            servers=servers, watch=watch, scissors=scissors, casting=casting, folder=folder, logs=home.logs, env=env
        )


def _folder(path: Path) -> Path:
    path.mkdir(mode=PRIVATE)
    return path


@contextmanager
def _sockets(preferred: Path) -> Iterator[Path]:
    """Yield a private folder whose path is short enough for sockets."""
    folder = _folder(preferred) if fits(preferred) else short_folder(short_bases())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _reach(control: Path) -> Scissors:
    """Return the line to the proxy once it answers: its socket is there a moment before anybody listens on it."""
    attempts = Retrying(
        retry=retry_if_exception_type((FileNotFoundError, ConnectionRefusedError)),
        wait=wait_fixed(_POLL_SECONDS),
        stop=stop_after_delay(_START_SECONDS),
        reraise=True,
    )
    return attempts(Scissors, control)
