"""The processes of a whole stack on one machine: one worker a group of queues, beat, and Flower where asked."""

import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orchestrator
from agents.contract import AgentSpec, Pool
from orchestrator.local.process import ProcessSpec
from orchestrator.queues import served_by, served_by_reserve

_GRACE_SECONDS = 10.0
"""What a process gets beyond its own shutdown time before it is killed."""
FLOWER_CONFIG = Path(orchestrator.__file__).with_name("flowerconfig.py")


@dataclass(frozen=True)
class StackShape:
    """How large a stack is, and where its processes write."""

    waiting: int
    computing: int
    urgent: int
    soft_shutdown_seconds: float
    folder: Path
    """Where processes stand and beat keeps its pid: a folder of ours, for a stranger's ``celeryconfig`` would win."""
    logs: Path
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    heartbeat_file: Path | None = None
    """Beside which each worker and beat leaves signs of life, in a file of its own."""
    flower_port: int | None = None


def processes(shape: StackShape, *, specs: Mapping[str, AgentSpec]) -> tuple[ProcessSpec, ...]:
    """Return what to run, in the order of its start."""
    workers = (
        _worker(shape, "waiting", pool="threads", slots=shape.waiting, queues=served_by(specs, Pool.THREADS)),
        _worker(shape, "computing", pool="prefork", slots=shape.computing, queues=served_by(specs, Pool.PROCESSES)),
        _worker(shape, "urgent", pool="threads", slots=shape.urgent, queues=served_by_reserve(specs)),
    )
    beat = _celery(shape, "beat", ["beat", "--pidfile="])
    return (*workers, beat, *(() if shape.flower_port is None else (_flower(shape, port=shape.flower_port),)))


def _worker(shape: StackShape, name: str, *, pool: str, slots: int, queues: Sequence[str]) -> ProcessSpec:
    """Return one worker. Events are on by configuration; gossip and mingle only matter to large clusters."""
    options = [f"--pool={pool}", f"--concurrency={slots}", f"--hostname={name}@%h", f"--queues={','.join(queues)}"]
    quiet = ["--without-gossip", "--without-mingle"]
    return _celery(shape, name, ["worker", *options, *quiet])


def _flower(shape: StackShape, *, port: int) -> ProcessSpec:
    """Return Flower, which only looks. Its password is in its configuration: a command line shows it to everybody."""
    return _celery(shape, "flower", ["flower", "--address=127.0.0.1", f"--port={port}", f"--conf={FLOWER_CONFIG}"])


def _celery(shape: StackShape, name: str, arguments: Sequence[str]) -> ProcessSpec:
    """Return a process that runs Celery's own command line, unmodified."""
    return ProcessSpec(
        name=name,
        argv=(sys.executable, "-m", "celery", "-A", "orchestrator", *arguments),
        log=shape.logs / f"{name}.log",
        env={**shape.env, **_own_sign(shape, name)},
        cwd=shape.folder,
        stop_seconds=shape.soft_shutdown_seconds + _GRACE_SECONDS,
        # Were we killed, the servers end with us: a worker could neither finish nor hand back what it has begun.
        death_signal=signal.SIGKILL,
    )


def _own_sign(shape: StackShape, name: str) -> Mapping[str, str]:
    """Return what has a process leave its sign of life beside the others' and not over them."""
    file = shape.heartbeat_file
    return {"LOOKOUT_HEARTBEAT_FILE": str(file.with_name(f"{file.name}-{name}"))} if file is not None else {}
