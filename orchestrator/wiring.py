"""The one composition root: every door and every task gets what it needs from here, once a process."""

import os
import secrets
import socket
import threading
from collections.abc import Mapping
from functools import cache

from celery import Celery

from agents.catalog import build, catalog
from agents.contract import AgentSpec
from orchestrator.celery import app
from orchestrator.celery_guard import check_backend
from orchestrator.intake import Intake
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.stepping import StepRunner
from orchestrator.ledger.sweep import Sweep
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader
from orchestrator.scheduling.sweeps import Sweeps
from orchestrator.settings import get_settings
from orchestrator.store.process import engine

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
        max_losses=settings.max_losses,
        deadline_seconds=settings.run_deadline_seconds,
        keep_keys_days=settings.key_retention_days,
        backoff=Backoff(base=settings.retry_backoff_seconds, longest=settings.retry_backoff_max_seconds),
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
    return Relay(engine(), celery_app(), specs=specs(), copies=copies())


def intake() -> Intake:
    """Return where triggers are taken in."""
    return Intake(engine=engine(), relay=relay(), specs=specs(), limits=limits())


def sweep() -> Sweep:
    """Return the sweep."""
    return Sweep(engine=engine(), broker=Broker(celery_app()), relay=relay(), limits=limits())


def firing() -> Firing:
    """Return what fires schedules."""
    return Firing(intake())


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
    return Heart(engine(), lease_seconds=limits().lease_seconds, every_seconds=limits().heartbeat_seconds)


def runner() -> StepRunner:
    """Return what runs steps in this process."""
    with _FIRST_USE:
        return _runner_of(os.getpid())


@cache
def _runner_of(pid: int) -> StepRunner:
    owner = f"{socket.gethostname()}:{pid}"
    return StepRunner(engine=engine(), heart=heart(), limits=limits(), specs=specs(), build=build, owner=owner)
