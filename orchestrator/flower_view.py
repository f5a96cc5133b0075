"""What Flower shows of our tasks, and to whom."""

import copy
import re
from ipaddress import ip_address
from typing import Any

from orchestrator.errors import SettingsError
from orchestrator.ledger.canvas import STEP_TASK
from orchestrator.settings import Settings

COLUMNS = "name,args,state,routing_key,received,runtime,worker,uuid"
"""A task's agent, its steps with their targets' ids, and its lane, beside what Flower has by itself."""
_FEW = 3
_TEXTS = re.compile(r"'([^']*)'")


def readable(task: Any) -> Any:  # noqa: ANN401  Celery has no types
    """Return a task of ours as Flower's pages show it: its steps first, the id of their run behind them."""
    run, *steps = _TEXTS.findall(str(task.args)) or [""]
    if not steps or not str(task.name).startswith(STEP_TASK):
        return task
    shown = copy.copy(task)
    more = f" and {len(steps) - _FEW} more" if len(steps) > _FEW else ""
    shown.args = f"{', '.join(steps[:_FEW])}{more} of run {run}"
    return shown


def show_every_queue() -> None:
    """Have Flower show the queues of the catalogue, every lane of them.

    It asks for queues once, when it starts, and shows those of the workers that were there by then.
    """
    from flower.views import BaseHandler  # noqa: PLC0415  only Flower's own process loads Flower

    BaseHandler.get_active_queue_names = every_queue


def every_queue(handler: Any) -> list[str]:  # noqa: ANN401  the same
    """Return the queues that Flower shows, and those that it knows from workers beside them."""
    workers = handler.application.workers.values()
    known = {queue["name"] for worker in workers for queue in worker.get("active_queues", ())}
    return sorted(known.union(handler.capp.amqp.queues))


def credentials(settings: Settings) -> list[str]:
    """Return who may look, as USER:PASSWORD; empty where the settings name nobody. Raises ``SettingsError``."""
    if settings.flower_basic_auth is None:
        return []
    pair = settings.flower_basic_auth.get_secret_value()
    user, _, password = pair.partition(":")
    if not user or not password:
        raise SettingsError("flower_basic_auth is ***, but must be a name and a password: write it as USER:PASSWORD")
    return [pair]


def require_password(address: str) -> None:
    """Raise ``SettingsError`` where Flower would be open to other machines without one."""
    if not _is_loopback(address):
        raise SettingsError(
            f"Flower would listen on {address or 'every interface'} without a password: set "
            "LOOKOUT_FLOWER_BASIC_AUTH to USER:PASSWORD, or start it with --address=127.0.0.1"
        )


def _is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
