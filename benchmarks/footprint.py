"""Memory of a process with all its children, sampled while it runs."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

MB = 1 << 20
EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Share:
    """One process's memory in MB. ``uss`` is what would be free if it ended, ``pss`` counts shared pages in parts."""

    pid: int
    name: str
    uss: float
    pss: float
    rss: float
    seconds: float
    """Of processor time so far."""


@dataclass
class Peak:
    """The highest sums over the tree that were seen, in MB, and the largest single process by resident size."""

    uss: float = 0.0
    pss: float = 0.0
    rss: float = 0.0
    largest: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    """Processor time by name, as the last sample of each process has it; the short-lived ones, as git's, are missed."""
    samples: int = 0
    _by_pid: dict[int, Share] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def see(self, shares: list[Share]) -> None:
        """Take one sample into account."""
        with self._lock:
            self.samples += 1
            self.uss = max(self.uss, sum(share.uss for share in shares))
            self.pss = max(self.pss, sum(share.pss for share in shares))
            for share in shares:
                self._by_pid[share.pid] = share
                if share.rss > self.rss:
                    self.rss, self.largest = share.rss, share.name
            self.seconds = _by_name(self._by_pid.values())


def shares_of(pid: int) -> list[Share]:
    """Return the memory of a process and of all below it; those that end meanwhile are left out."""
    found = []
    for process in _tree(pid):
        try:
            memory = process.memory_full_info()
            words, used = process.cmdline(), process.cpu_times()
            name = _name(words) or process.name()
        except psutil.Error:
            continue
        if not words:
            continue  # It is just ending.
        seconds = used.user + used.system
        found.append(Share(process.pid, name, memory.uss / MB, memory.pss / MB, memory.rss / MB, seconds))
    return found


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Yield the peak of a process's tree, sampled until the block ends."""
    peak, done = Peak(), threading.Event()

    def sample() -> None:
        while not done.wait(EVERY_SECONDS):
            peak.see(shares_of(pid))

    thread = threading.Thread(target=sample, name="footprint", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _by_name(shares: Iterable[Share]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for share in shares:
        sums[share.name] = sums.get(share.name, 0.0) + share.seconds
    return {name: round(seconds, 1) for name, seconds in sorted(sums.items(), key=lambda one: -one[1])}


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _name(words: list[str]) -> str:
    """Return what a process is called: a worker by its host name, our own commands by theirs, others by the program."""
    worker = next((word.partition("=")[2].partition("@")[0] for word in words if word.startswith("--hostname=")), "")
    if worker:
        return f"worker {worker}"
    if "-m" in words[:3]:
        return "beat" if "beat" in words else "lookout"
    return ""
