"""What a system under measure is: where it gets its workers, and how its hands ask for runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from benchmarks.stand.crew import Role
from benchmarks.stand.servers import Servers
from orchestrator.settings import Settings

SLOTS = 4
PEERS = "not installed: pip install lookout[peers]"


@dataclass(frozen=True)
class Layout:
    """How the slots are spread over processes."""

    pool: str
    processes: int
    slots: int

    @property
    def name(self) -> str:
        """What it is called in the figures."""
        return f"{self.pool}, {self.processes} x {self.slots}"


SOLO, PREFORK, THREADS = Layout("solo", SLOTS, 1), Layout("prefork", 1, SLOTS), Layout("threads", 2, SLOTS // 2)
CELERY_POOLS = (SOLO, PREFORK, THREADS)
OWN = Layout("processes of its own", SLOTS, 1)


@dataclass(frozen=True)
class System:
    """One system in one configuration.

    ``prepare`` makes what it needs once and returns what its processes' environment gets; ``roles`` are its workers.
    ``kind`` names the hand in ``runs/hand.py``. Where ``inside`` is set, whole runs are done in the hands themselves,
    one a slot, and there are no workers.
    """

    name: str
    kind: str
    needs: tuple[str, ...]
    prepare: Callable[[Servers], Mapping[str, str]]
    roles: Callable[[Mapping[str, str], Layout], Sequence[Role]]
    layouts: tuple[Layout, ...] = (OWN,)
    inside: bool = False
    learns_seconds: float = 0.0
    """How long it works before it is as fast as it gets; what it learned by then outlives its workers."""
    setting: str = ""
    """A setting without which this configuration is none."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """What this configuration adds to the environment."""

    @property
    def missing(self) -> str:
        """Why it cannot be measured here; empty where it can."""
        if self.setting and self.setting not in Settings.model_fields:
            return f"this version has no setting {self.setting}"
        return "" if all(map(_installed, self.needs)) else PEERS


def _installed(name: str) -> bool:
    """Whether a module can be imported, found without importing what it does."""
    parent, _, _ = name.rpartition(".")
    return (not parent or _installed(parent)) and find_spec(name) is not None


def celery_workers(app: str, layout: Layout, *, env: Mapping[str, str], options: Sequence[str]) -> list[Role]:
    """Return Celery workers, quiet ones: no gossip, no mingling, no heartbeats among themselves."""
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING")
    shape = (f"--pool={layout.pool}", f"--concurrency={layout.slots}")
    return [
        Role(
            f"{app.rpartition('.')[2]}-{number}",
            ("celery", "-A", app, "worker", f"--hostname=w{number}@%h", *shape, *quiet, *options),
            env,
        )
        for number in range(layout.processes)
    ]
