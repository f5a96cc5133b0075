"""One pass, from a trigger to an exit code: open a stack, submit, watch, report, close."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from agents.catalog import catalog
from agents.contract import Severity
from orchestrator.cli.exits import Exit, exit_of_run
from orchestrator.cli.interrupting import undoing
from orchestrator.cli.outcome import prepare_folder, tell
from orchestrator.cli.responding import carry_out
from orchestrator.cli.tending import Tend, bounded, own_workers, served_by_us
from orchestrator.cli.terminal import say, show, show_json
from orchestrator.cli.watching import follow, look_at, watching
from orchestrator.doctor.serving import say_unserved
from orchestrator.domain.lanes import lane
from orchestrator.domain.plans import Plan
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Trigger
from orchestrator.ledger.submit import Accepted
from orchestrator.local.opening import Opened, opened
from orchestrator.local.signals import SignalFlag, stop_on
from orchestrator.settings import Settings
from orchestrator.store.process import engine
from orchestrator.store.runs import read_deadline, read_run
from orchestrator.store.tables.columns import DEFAULT_TENANT


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

    def accept() -> Accepted:
        from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

        return wiring.intake().accept(trigger, rerun_of=wishes.rerun_of)

    return see_through(settings, accept, wishes=wishes)


def do_again(settings: Settings, run_id: UUID, *, step: str, wishes: Wishes) -> int:
    """Do an ended run again from a step and see it through as a trigger is. Return the exit code."""

    def accept() -> Accepted:
        from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

        return wiring.replays().again(run_id, step=step)

    return see_through(settings, accept, wishes=wishes)


def see_through(settings: Settings, accept: Callable[[], Accepted], *, wishes: Wishes) -> int:
    """See a run through, from its acceptance, for which servers answer, to its end; return the exit code.

    While servers start or stop, a signal interrupts; while a run is accepted and watched, it is a value to look at. So
    a run is never half accepted, and a second Ctrl-C ends what takes its time to stop.
    """
    if wishes.output is not None:
        prepare_folder(wishes.output)
    with undoing(), opened(settings, must_own=False) as servers, ExitStack() as held:
        with stop_on() as stop:
            accepted = accept()
            _greet(servers, accepted)
            if not servers.owned and not wishes.wait:
                return _left_to_others(servers, accepted, as_json=wishes.as_json)
            tend = _tend(settings, servers, accepted, held=held)
            state = _watch(accepted, tend=tend, stop=stop, quiet=wishes.as_json)
        if state is None:
            return _interrupted(servers, accepted)
        if servers.owned:
            carry_out(engine(), accepted.run_id)
        found = tell(engine(), accepted.run_id, settings=settings, as_json=wishes.as_json, output=wishes.output)
        return exit_of_run(state, found=found, fail_on=wishes.fail_on)


def _tend(settings: Settings, servers: Opened, accepted: Accepted, *, held: ExitStack) -> Tend:
    """Return what to do while waiting: as the owner run the workers, as a client say who is missing."""
    from orchestrator import wiring  # noqa: PLC0415  the app reads the broker's address when it is imported

    if not servers.owned:
        _say_who_is_missing(accepted)
        return bounded(accepted, deadline=lambda: _deadline_of(accepted))
    tend = held.enter_context(own_workers(settings, servers, sweep=wiring.sweep().run))
    held.enter_context(served_by_us(engine(), accepted.run_id))
    return tend


def _watch(accepted: Accepted, *, tend: Tend, stop: SignalFlag, quiet: bool) -> RunState | None:
    """Watch a run to its end; None where a signal came first."""
    with watching(_plan_of(accepted), quiet=quiet) as shown:
        return follow(look_at(engine(), accepted.run_id), shown=shown, tend=tend, stop=stop)


def _plan_of(accepted: Accepted) -> Plan:
    """Return the plan that was stored with a run."""
    with engine().connect() as conn:
        return read_run(conn, accepted.run_id, tenant=DEFAULT_TENANT).plan


def _deadline_of(accepted: Accepted) -> datetime | None:
    """Return when a run must have ended, as it is now; None while it is paused."""
    with engine().connect() as conn:
        return read_deadline(conn, accepted.run_id)


def _say_who_is_missing(accepted: Accepted) -> None:
    """Say which of a run's queues no worker serves."""
    from orchestrator.wiring import celery_app  # noqa: PLC0415  as above

    plan, specs = _plan_of(accepted), catalog()
    known = [specs[step.agent] for step in plan.steps if step.agent in specs]
    queues = {lane(spec, plan.priority) for spec in known}
    for words in say_unserved(celery_app(), queues):
        say(words)


def _left_to_others(servers: Opened, accepted: Accepted, *, as_json: bool) -> int:
    """Say which run others will work on."""
    if servers.external:
        _say_who_is_missing(accepted)
    if as_json:
        show_json({"run_id": str(accepted.run_id), "state": str(accepted.state), "fresh": accepted.fresh})
    else:
        show(str(accepted.run_id))
    return Exit.OK


def _greet(servers: Opened, accepted: Accepted) -> None:
    """Say where the run is, and who serves it."""
    if servers.others:
        say(f"served by {servers.others}")
    say(f"run {accepted.run_id}" + ("" if accepted.fresh else ": this trigger was accepted before"))


def _interrupted(servers: Opened, accepted: Accepted) -> int:
    """After Ctrl-C: a run whose workers are ours is cancelled as we leave; one that others serve goes on."""
    if servers.owned:
        say("interrupted: stopping; once more ends it at once")
    else:
        say(f"interrupted: run {accepted.run_id} goes on; `lookout runs show {accepted.run_id}` says how it is")
    return Exit.INTERRUPTED
