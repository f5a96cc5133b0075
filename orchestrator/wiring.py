"""The one composition root: every door and every task gets what it needs from here, once a process."""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from functools import cache

from celery import Celery

from agents.catalog import build, catalog
from agents.contract import AgentSpec
from agents.sources.http.access import Access
from orchestrator.admission.bounds import Bounds
from orchestrator.admission.gate import Gate
from orchestrator.celery import app
from orchestrator.celery_guard import check_backend
from orchestrator.domain.responses import ActionKind
from orchestrator.intake import Intake
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.canvas import ACT_TASK
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.replay import Replays
from orchestrator.ledger.slots import SlotReport, SlotWatch
from orchestrator.ledger.stepping import StepRunner
from orchestrator.ledger.sweep import Chore, Sweep
from orchestrator.oversight.adding import send_added
from orchestrator.oversight.bands import Bands
from orchestrator.oversight.escalating import Escalation
from orchestrator.oversight.escalating import Terms as EscalationTerms
from orchestrator.oversight.expiry import expire
from orchestrator.queues import ACTIONS
from orchestrator.quota.breaker import Rules
from orchestrator.quota.breakers import Breakers
from orchestrator.response.changing import ChangeTarget
from orchestrator.response.considering import Terms
from orchestrator.response.contract import Action
from orchestrator.response.deciding import Tries
from orchestrator.response.executing import Executor
from orchestrator.response.follow_up import StartFollowUp
from orchestrator.response.looking import second_look
from orchestrator.response.responder import TURN, Responder
from orchestrator.response.webhooks.action import CallWebhook
from orchestrator.response.webhooks.destination import Allowed, Destination, read_hosts
from orchestrator.retention.keeping import Keeping
from orchestrator.retention.pruning import Pruner
from orchestrator.retention.rules import rules
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader
from orchestrator.scheduling.sweeps import Sweeps
from orchestrator.scheduling.turns import Patience
from orchestrator.settings import get_settings
from orchestrator.settings.webhook_secrets import read_secrets
from orchestrator.sighting.following import Follower
from orchestrator.sources import access
from orchestrator.store.pages import StoredPages
from orchestrator.store.process import direct, engine, lifeline

_SLACK_SECONDS = 5.0
"""How much longer the turn to do actions lasts than what may be done in it."""
_ACT_EXPIRES_SECONDS = 60.0
_FIRST_USE = threading.RLock()
"""Threads that come first together share one heart: another's steps would not hear of a shutdown."""


def celery_app() -> Celery:
    """Return the app, once it is known that the ledger is its result backend."""
    check_backend(app)
    return app


def limits() -> Limits:
    """Return the ledger's limits as the settings say them."""
    settings = get_settings()
    return Limits(
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        quiet_seconds=settings.sweep_stuck_seconds,
        lot_seconds=settings.lot_seconds,
        max_losses=settings.max_losses,
        deadline_seconds=settings.run_deadline_seconds,
        backoff=Backoff(multiplier=settings.retry_backoff_seconds, max=settings.retry_backoff_max_seconds),
    )


def specs() -> Mapping[str, AgentSpec]:
    """Return the catalogue, in which no agent may fail more often than the settings let it."""
    most = get_settings().max_failures
    return {
        name: spec.model_copy(update={"max_failures": min(most, spec.max_failures)}) for name, spec in catalog().items()
    }


def copies() -> Copies:
    """Return the copies of results for callers that have only Celery."""
    return Copies(celery_app(), keep_seconds=int(get_settings().result_copy_seconds))


def relay() -> Relay:
    """Return the relay of the outbox."""
    return Relay(engine(), celery_app(), specs=specs(), copies=copies(), direct=direct(), lot_size=figures().lot_size)


def figures() -> Figures:
    """Return this process's share in what is known of how long agents take."""
    with _FIRST_USE:
        return _figures_of(os.getpid())


@cache
def _figures_of(pid: int) -> Figures:  # noqa: ARG001  a forked child notes for itself
    return Figures(engine(), lot_seconds=limits().lot_seconds)


def intake() -> Intake:
    """Return where triggers are taken in."""
    return Intake(engine=engine(), relay=relay(), specs=specs(), limits=limits(), gate=gate(), direct=direct())


def gate() -> Gate:
    """Return this process's gate, which bounds what is under way."""
    with _FIRST_USE:
        return _gate_of(os.getpid())


@cache
def _gate_of(pid: int) -> Gate:  # noqa: ARG001  a forked child has an engine of its own
    settings = get_settings()
    bounds = Bounds(settings.max_live_runs, settings.max_pending_steps, reserve=settings.critical_reserve)
    return Gate(engine(), bounds)


def replays() -> Replays:
    """Return what does runs again from a step."""
    return Replays(engine=engine(), relay=relay(), specs=specs(), limits=limits(), gate=gate())


def sweep() -> Sweep:
    """Return the sweep."""
    return Sweep(
        engine=engine(),
        broker=Broker(celery_app()),
        relay=relay(),
        limits=limits(),
        specs=specs(),
        chores=chores(),
    )


def bands() -> Bands:
    """Return from which confidence on what is decided by whom."""
    settings = get_settings()
    return Bands(settings.band_autonomous, settings.band_logged, settings.band_checkpoint)


def keeping() -> Keeping:
    """Return how long things are kept, as the settings say it."""
    settings = get_settings()
    return Keeping(
        details=settings.run_detail_days,
        keys=settings.key_retention_days,
        evidence=settings.evidence_days,
        occurrences=settings.occurrence_days,
        calls=settings.call_days,
        quarantine=settings.quarantine_days,
        dead_letters=settings.dead_letter_days,
        action_audit=settings.action_audit_days,
        sent=settings.sent_message_days,
    )


def pruner() -> Pruner:
    """Return what removes what is old."""
    return Pruner(rules(keeping()), every_seconds=get_settings().prune_seconds)


def escalation() -> Escalation:
    """Return what escalates questions that wait, and puts to people what goes wrong."""
    settings = get_settings()
    terms = EscalationTerms(settings.escalate_seconds, settings.escalate_slower_percent)
    return Escalation(terms, specs=specs())


def chores() -> tuple[Chore, ...]:
    """Return what the other areas have done at every sweep."""
    return (
        Chore("expired_questions", expire),
        Chore("added_steps", send_added),
        Chore("escalations", escalation().sweep),
        Chore("responses", responder().tend),
        Chore("sightings", Follower(intake(), days=get_settings().sighting_days).sweep),
        Chore("old_rows", pruner().sweep),
    )


def actions() -> Mapping[ActionKind, Action]:
    """Return what findings may set off, by kind."""
    settings = get_settings()
    secrets_given = settings.webhook_secrets
    allowed = Allowed(hosts=read_hosts(settings.webhook_hosts), private=read_hosts(settings.webhook_private_hosts))
    call = CallWebhook(
        keys=read_secrets(secrets_given.get_secret_value()) if secrets_given else {},
        allowed=allowed,
        post=_post,
    )
    known: tuple[Action, ...] = (StartFollowUp(intake()), ChangeTarget(engine(), jitter=settings.schedule_jitter), call)
    return {action.kind: action for action in known}


def _post(destination: Destination, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a webhook's call; only a process that does needs an HTTP library."""
    from orchestrator.response.webhooks.calling import Caller  # noqa: PLC0415  as said

    return Caller(seconds=get_settings().webhook_seconds).post(destination, body, headers)


def response_terms() -> Terms:
    """Return what holds for all rules of response."""
    settings = get_settings()
    return Terms(
        bands=bands(),
        actions_per_day=settings.actions_per_day,
        follow_ups_per_day=settings.follow_ups_per_day,
        approval_seconds=settings.action_approval_seconds,
    )


def responder() -> Responder:
    """Return what holds findings against rules and does what comes of them."""
    settings = get_settings()
    executor = Executor(
        engine=engine(),
        actions=actions(),
        tries=Tries(
            settings.action_max_failures,
            losses=limits().max_losses,
            backoff=Backoff(multiplier=settings.retry_backoff_seconds, max=settings.action_backoff_max_seconds),
        ),
        owner=f"{socket.gethostname()}:{os.getpid()}",
        lease_seconds=settings.action_lease_seconds,
    )
    # Each message is an owner of its own: two threads of one process must not both have the turn.
    seconds = executor.seconds + settings.webhook_seconds + _SLACK_SECONDS
    turn = Leader(engine(), owner=f"{executor.owner}:{secrets.token_hex(4)}", seconds=seconds, name=TURN)
    return Responder(executor, response_terms(), second_look, turn=turn, send=_send_act)


def _send_act() -> None:
    """Send the message whose worker does actions, unless one waits: what expires leaves a queue only when read."""
    if not Broker(celery_app()).depths([ACTIONS])[ACTIONS]:
        celery_app().send_task(ACT_TASK, expires=_ACT_EXPIRES_SECONDS, ignore_result=True)


def firing() -> Firing:
    """Return what fires schedules."""
    settings = get_settings()
    patience = Patience(late_seconds=settings.schedule_late_seconds, most=settings.catch_up_limit)
    return Firing(intake(), patience=patience)


def clockwork() -> Clockwork:
    """Return a scheduler with a name of its own, so that no two ever take each other's lease for theirs."""
    settings = get_settings()
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    return Clockwork(
        leader=Leader(engine(), owner=owner, seconds=settings.beat_lease_seconds),
        firing=firing(),
        sweeps=Sweeps(celery_app(), every_seconds=settings.sweep_seconds),
        interval_seconds=settings.beat_interval_seconds,
    )


def heart() -> Heart:
    """Return this process's heart, which keeps the leases of its running steps."""
    with _FIRST_USE:
        return _heart_of(os.getpid())


@cache
def _heart_of(pid: int) -> Heart:  # noqa: ARG001  a forked child has leases of its own
    return Heart(
        lifeline(),
        lease_seconds=limits().lease_seconds,
        every_seconds=limits().heartbeat_seconds,
        listeners=(breakers().listen,),
    )


def breakers() -> Breakers:
    """Return this process's view of the agents' circuit breakers."""
    with _FIRST_USE:
        return _breakers_of(os.getpid())


@cache
def _breakers_of(pid: int) -> Breakers:  # noqa: ARG001  as above
    settings = get_settings()
    rules = Rules(
        failures=settings.breaker_failures,
        of=settings.breaker_of,
        window_seconds=settings.breaker_window_seconds,
        open_seconds=settings.breaker_open_seconds,
        longest_seconds=settings.breaker_longest_seconds,
    )
    return Breakers(engine(), rules=rules)


def goes_on() -> bool:
    """Whether a worker does what follows a step itself, without a message."""
    return get_settings().go_on


def slot_watch(on_loss: Callable[[int], None]) -> SlotWatch:
    """Return what looks for steps of this process that ignore their stop."""
    grace = get_settings().stop_grace_seconds
    return SlotWatch(heart(), grace_seconds=grace, report=SlotReport(engine(), worker=_owner()), on_loss=on_loss)


def _owner() -> str:
    """Return this process's name in leases and attempts."""
    return f"{socket.gethostname()}:{os.getpid()}"


def runner() -> StepRunner:
    """Return what runs steps in this process."""
    with _FIRST_USE:
        return _runner_of(os.getpid())


@cache
def _runner_of(pid: int) -> StepRunner:  # noqa: ARG001  as above
    return StepRunner(
        engine=engine(),
        direct=direct(),
        heart=heart(),
        limits=limits(),
        specs=specs(),
        build=build,
        owner=_owner(),
        figures=figures(),
        send_soon=relay().send_soon,
        breakers=breakers(),
        outside=outside,
    )


def outside(tenant: str) -> Access:
    """Return how a tenant's steps come to outside services."""
    return access(get_settings(), shelf=StoredPages(direct(), tenant=tenant))
