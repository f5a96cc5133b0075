"""One run, played through the real planner, ledger and agents, its messages delivered in an order that a seed draws."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from benchmarks.identical.freezing import EMPTY
from orchestrator import wiring
from orchestrator.domain.triggers import Trigger
from orchestrator.store.process import engine

RUN = UUID("019e81a2-0000-7000-8000-00000000000c")
"""The run's id, each time the same."""
LARGEST_LOT = 3
DOUBLED = 0.25
"""Share of the messages that are delivered twice."""

_READY = text("""
    SELECT s.name FROM steps s LEFT JOIN gates g ON g.run_id = s.run_id AND g.name = s.behind
    WHERE s.run_id = :run AND s.state = 'pending' AND COALESCE(g."left", 0) = 0 ORDER BY s.position
""")
_END = text("""
    SELECT r.state,
           (SELECT array_agg(s.name ORDER BY s.finished_at, s.name) FROM steps s WHERE s.run_id = r.id) AS steps,
           (SELECT count(*) FROM run_findings f WHERE f.run_id = r.id) AS findings
    FROM runs r WHERE r.id = :run
""")
_FILES = text("SELECT name, body FROM artifacts WHERE run_id = :run ORDER BY name")


@dataclass(frozen=True)
class Played:
    """What one replay gave. ``files`` are the report's, each by the SHA-256 of its bytes."""

    state: str
    order: tuple[str, ...]
    """The steps as they were done."""
    findings: int
    files: dict[str, str]


def play(trigger: Trigger, *, chance: random.Random, slots: int, keep: Path) -> Played:
    """Do a trigger's run in an empty ledger, and keep every version of a file of its report in ``keep``."""
    intake = wiring.intake()
    with engine().begin() as conn:
        conn.execute(EMPTY)
    submission = replace(intake.prepare(trigger), run_id=RUN, key="replay")
    with engine().begin() as conn:
        intake.accept_within(conn, submission)
    runner = wiring.runner()
    while ready := _ready():
        with ThreadPoolExecutor(slots) as pool:
            list(pool.map(lambda lot: runner.run(RUN, steps=lot), messages(ready, chance=chance)))
    return _played(keep)


def messages(ready: Sequence[str], *, chance: random.Random) -> list[tuple[str, ...]]:
    """Return steps that may begin as messages in a drawn order: lots of one to three, and some messages twice."""
    lots = list(_lots(chance.sample(ready, len(ready)), chance=chance))
    twice = [lot for lot in lots if chance.random() < DOUBLED]
    return chance.sample(lots + twice, len(lots) + len(twice))


def _lots(names: Sequence[str], *, chance: random.Random) -> Iterator[tuple[str, ...]]:
    begin = 0
    while begin < len(names):
        size = chance.randint(1, LARGEST_LOT)
        yield tuple(names[begin : begin + size])
        begin += size


def _ready() -> list[str]:
    with engine().connect() as conn:
        return list(conn.execute(_READY, {"run": RUN}).scalars())


def _played(keep: Path) -> Played:
    with engine().connect() as conn:
        end = conn.execute(_END, {"run": RUN}).one()
        rows: list[Any] = list(conn.execute(_FILES, {"run": RUN}))
    files = {row.name: _kept(row.body.encode(), keep=keep) for row in rows}
    return Played(end.state, order=tuple(end.steps), findings=end.findings, files=files)


def _kept(content: bytes, *, keep: Path) -> str:
    """Keep a file by its hash, once; return the hash."""
    name = sha256(content).hexdigest()
    (keep / name).write_bytes(content)
    return name
