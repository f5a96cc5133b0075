"""The plan of a measurement: which systems, how long, how often; and its rounds, in turn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.runs.session import MeasureError, Session, session
from benchmarks.runs.system import SOLO, Layout, System
from benchmarks.runs.work import NOOP, WAITING, fan
from benchmarks.stand.servers import Servers

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """What is asked for."""

    systems: tuple[str, ...] = ()
    """Names, or their beginnings; all where there are none."""
    seconds: float = 8.0
    rounds: int = 3
    inflight: tuple[int, ...] = (16, 32, 64)
    waiting_inflight: tuple[int, ...] = (8, 16)
    turns: int = 100
    waiting_turns: int = 10
    fans: Mapping[int, int] = field(default_factory=lambda: {10: 15, 100: 9, 1_000: 3})
    """Width to how many runs of it are done in a round."""
    layout: Layout | None = None
    """The layout of every system that has several; where none is given, the best of each is looked for first."""
    learns_seconds: float = 60.0
    """For how long at most a system learns before it is measured."""

    @classmethod
    def quick(cls, systems: tuple[str, ...]) -> "Wishes":
        """Return a small measurement, for use while tuning."""
        return cls(
            systems=systems,
            seconds=3.0,
            rounds=1,
            inflight=(32,),
            waiting_inflight=(8,),
            turns=40,
            waiting_turns=5,
            fans={10: 5, 100: 3, 1_000: 1},
            layout=SOLO,
        )


@dataclass(frozen=True)
class Trial:
    """A system with the layouts that it is measured in."""

    system: System
    layout: Layout
    waiting_layout: Layout
    """The one for steps that wait."""
    env: Mapping[str, str] = field(repr=False)
    tried: Mapping[str, Mapping[str, float]]
    """No-op and waiting runs a second of each layout, where several were tried."""


def choose(system: System, *, servers: Servers, wishes: Wishes, say: Say) -> Trial:
    """Return a system with the layouts that are fastest for it: for steps that do nothing, and for such that wait."""
    env = system.prepare(servers)
    several = len(system.layouts) > 1
    first = wishes.layout if wishes.layout and several else system.layouts[0]
    if learns := min(system.learns_seconds, wishes.learns_seconds):
        with session(system, first, servers=servers, env=env) as running:
            running.window(NOOP, inflight=wishes.inflight[-1], seconds=learns)
    if wishes.layout or not several:
        return Trial(system, first, first, env, {})
    tried = {}
    seconds = min(4.0, wishes.seconds)
    for layout in system.layouts:
        with session(system, layout, servers=servers, env=env) as running:
            noop = running.window(NOOP, inflight=wishes.inflight[-1], seconds=seconds)
            waiting = running.window(WAITING, inflight=wishes.waiting_inflight[-1], seconds=seconds)
        tried[layout] = {"noop": noop["runs_per_second"], "waiting": waiting["runs_per_second"]}
        say(f"{system.name}: {layout.name}: {tried[layout]} runs/s")
    best, best_waiting = (max(tried, key=lambda layout: tried[layout][work]) for work in ("noop", "waiting"))
    return Trial(system, best, best_waiting, env, {layout.name: rates for layout, rates in tried.items()})


def one_round(trial: Trial, *, servers: Servers, wishes: Wishes) -> dict[str, Any]:
    """Return one round's figures of one system."""
    with session(trial.system, trial.layout, servers=servers, env=trial.env) as running:
        found = {
            "noop": _closed(running, wishes.inflight, wishes=wishes, waiting=False),
            "noop_alone": running.turns(NOOP, runs=wishes.turns),
            "fan_out": {str(width): running.turns(fan(width), runs=n)["p50_ms"] for width, n in wishes.fans.items()},
        }
        if trial.waiting_layout == trial.layout:
            return {**found, **_waiting(running, wishes=wishes)}
    with session(trial.system, trial.waiting_layout, servers=servers, env=trial.env) as running:
        return {**found, **_waiting(running, wishes=wishes)}


def rounds(trials: Sequence[Trial], *, servers: Servers, wishes: Wishes, say: Say) -> dict[str, list[dict[str, Any]]]:
    """Return each system's rounds. Systems take turns within a round, each round begins with another one."""
    found: dict[str, list[dict[str, Any]]] = {trial.system.name: [] for trial in trials}
    for number in range(wishes.rounds):
        shift = number % len(trials) if trials else 0
        for trial in [*trials[shift:], *trials[:shift]]:
            name = trial.system.name
            try:
                found[name].append(one_round(trial, servers=servers, wishes=wishes))
            except MeasureError as error:
                say(f"round {number + 1}, {name}: {error.message}")
                continue
            say(f"round {number + 1}, {name}: {_short(found[name][-1])}")
    return found


def _waiting(running: Session, *, wishes: Wishes) -> dict[str, Any]:
    """Return the figures of runs whose steps wait."""
    return {
        "waiting": _closed(running, wishes.waiting_inflight, wishes=wishes, waiting=True),
        "waiting_alone": running.turns(WAITING, runs=wishes.waiting_turns),
    }


def _closed(running: Session, inflight: Sequence[int], *, wishes: Wishes, waiting: bool) -> dict[str, Any]:
    """Return the best window of several numbers of runs in flight."""
    work = WAITING if waiting else NOOP
    windows = [running.window(work, inflight=number, seconds=wishes.seconds) for number in inflight]
    return max(windows, key=lambda window: float(window["runs_per_second"]))


def _short(figures: Mapping[str, Any]) -> str:
    fans = ", ".join(f"{width}: {ms} ms" for width, ms in figures["fan_out"].items())
    return (
        f"{figures['noop']['runs_per_second']} runs/s, alone {figures['noop_alone']['p50_ms']} ms, "
        f"waiting {figures['waiting']['runs_per_second']} runs/s, fans {fans}"
    )
