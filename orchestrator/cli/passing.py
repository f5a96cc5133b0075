"""One pass, from a trigger to an exit code: open a stack, submit, watch, report, close."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from agents.catalog import catalog
from agents.contract import Severity
from orchestrator.cli.exits import Exit, exit_of_run
from orchestrator.cli.outcome import tell
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.cli.watching import state_of_run, steps_of_run, watching
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Trigger
from orchestrator.local.opening import Opened, opened
from orchestrator.local.signals import SignalFlag, stop_on
from orchestrator.local.stack import StackShape, processes
from orchestrator.local.supervisor import Supervisor
from orchestrator.settings import Settings
from orchestrator.settings.children import child_environment
from orchestrator.store.process import engine

_LOOK_SECONDS = 0.15


@dataclass(frozen=True)
class Wishes:
    """What a person wants of a pass."""

    wait: bool
    as_json: bool
    fail_on: Severity | None = None
    output: Path | None = None
    """Folder for the report's files; None for the one of the home."""
    rerun_of: UUID | None = None


def pass_over(settings: Settings, trigger: Trigger, *, wishes: Wishes) -> int:
    """Submit a trigger and, unless somebody else serves it and nobody waits, see it through. Return the exit code."""
    with stop_on() as stop, opened(settings, must_own=False) as servers:
        from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

        intake = wiring.intake()
        plan = intake.prepare(trigger).plan
        accepted = intake.accept(trigger, rerun_of=wishes.rerun_of)
        _greet(servers, accepted.run_id, fresh=accepted.fresh)
        if not servers.owned and not wishes.wait:
            show_json({"run_id": str(accepted.run_id)}) if wishes.as_json else show(str(accepted.run_id))
            return Exit.OK
        with _tending(settings, servers, wiring.sweep().run) as tend:
            state = _watch(engine(), accepted.run_id, plan=plan, stop=stop, tend=tend, quiet=wishes.as_json)
        if state is None:
            return _interrupted(servers, accepted.run_id, engine())
        found = tell(engine(), accepted.run_id, settings=settings, as_json=wishes.as_json, output=wishes.output)
        return exit_of_run(state, found=found, fail_on=wishes.fail_on)


def stack_shape(settings: Settings, servers: Opened, *, flower_port: int | None = None) -> StackShape:
    """Return how large a stack is by the settings."""
    return StackShape(
        waiting=settings.waiting_concurrency,
        computing=settings.computing_concurrency,
        urgent=settings.urgent_concurrency,
        soft_shutdown_seconds=settings.soft_shutdown_seconds,
        folder=servers.home.path,
        logs=servers.home.logs,
        env=child_environment(LOOKOUT_HOME=str(servers.home.path)),
        flower_port=flower_port,
    )


@contextmanager
def _tending(settings: Settings, servers: Opened, sweep: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Yield what to call while waiting: it keeps our own workers alive and sweeps; a client tends nothing."""
    if not servers.owned:
        yield lambda: None
        return
    # Beat stays out: a single look must not fire the schedules of a stack that is down.
    specs = [spec for spec in processes(stack_shape(settings, servers), specs=catalog()) if spec.name != "beat"]
    with Supervisor(specs, services=servers.keepers) as supervisor:
        due = time.monotonic() + settings.sweep_seconds

        def tend() -> None:
            nonlocal due
            supervisor.look()
            if time.monotonic() >= due:
                sweep()
                due = time.monotonic() + settings.sweep_seconds

        yield tend


def _watch(
    engine: Engine, run_id: UUID, *, plan: Plan, stop: SignalFlag, tend: Callable[[], None], quiet: bool
) -> RunState | None:
    """Watch a run to its end; None where a signal came first."""
    with watching(plan, quiet=quiet) as shown:
        while not stop.wait(_LOOK_SECONDS):
            tend()
            state = state_of_run(engine, run_id)
            shown(steps_of_run(engine, run_id))
            if state.ended:
                return state
    return None


def _greet(servers: Opened, run_id: UUID, *, fresh: bool) -> None:
    """Say where the run is, and who serves it."""
    if servers.others:
        say(f"served by {servers.others}")
    say(f"run {run_id}" if fresh else f"run {run_id}: this trigger was accepted before")


def _interrupted(servers: Opened, run_id: UUID, engine: Engine) -> int:
    """After Ctrl-C: cancel a run whose workers end with us; leave one that others serve."""
    from orchestrator.ledger.endings import stop_run  # noqa: PLC0415  only here

    if servers.owned:
        with engine.begin() as conn:
            stop_run(conn, run_id, state=RunState.CANCELLED, error="interrupted at the terminal")
        say(f"interrupted: run {run_id} was cancelled")
    else:
        say(f"interrupted: run {run_id} goes on; `lookout runs show {run_id}` says how it is")
    return Exit.INTERRUPTED
