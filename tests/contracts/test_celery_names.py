"""Names that Celery resolves at run time: queues, tasks, routes, classes and settings are all there."""

import json
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.app.defaults import DEFAULTS

import celeryconfig
import tasks
from agents.catalog import catalog
from orchestrator.celery import app
from orchestrator.ledger.canvas import TASKS
from orchestrator.ledger.transport import options
from orchestrator.local.stack import StackShape, processes
from orchestrator.queues import DOOR, ROUTES, UPKEEP, is_reserve, task_queues, urgent_lanes
from orchestrator.settings import get_settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
HELPED_BY = {"draining", "enduring", "going_on", "warming"}
"""Modules of the package that define no task."""
QUEUES = {queue.name for queue in task_queues(catalog())}


def stack(folder: Path) -> dict[str, list[str]]:
    """Return the command line of each process of ``lookout up``."""
    shape = StackShape(
        waiting=16, computing=2, urgent=2, soft_shutdown_seconds=30, folder=folder, logs=folder, flower_port=5_555
    )
    return {spec.name: list(spec.argv) for spec in processes(shape, specs=catalog())}


def composed() -> dict[str, list[str]]:
    """Return the command line of each of our services in docker-compose.yml."""
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    words = {name: service.get("command") for name, service in services.items() if "lookout:local" in str(service)}
    return {
        name.removeprefix("worker-"): shlex.split(said) if isinstance(said, str) else list(said)
        for name, said in words.items()
        if said
    }


def served(commands: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the queues of each worker, as its command line names them."""
    return {
        name: word.partition("=")[2].split(",")
        for name, words in commands.items()
        for word in words
        if word.startswith("--queues=")
    }


@pytest.fixture(params=["lookout up", "docker-compose.yml"])
def commands(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, list[str]]:
    """Return the command lines of each way to start the stack."""
    return stack(tmp_path) if request.param == "lookout up" else composed()


def test_every_queue_is_served_and_no_worker_waits_for_one_that_does_not_exist(commands: dict[str, list[str]]) -> None:
    # Given a way to start the stack, when its workers' queues are put together
    groups = served(commands)
    # Then each queue has a worker beside the reserved one, whose only lanes are all the urgent ones
    assert {"waiting", "computing", "urgent"} == set(groups)
    assert sorted([*groups["waiting"], *groups["computing"]]) == sorted(QUEUES)
    assert sorted(groups["urgent"]) == sorted([*urgent_lanes(catalog()), DOOR, UPKEEP])
    assert [name for name in groups if is_reserve(groups[name])] == ["urgent"]


def test_waiting_steps_are_on_threads_and_computing_ones_on_processes(commands: dict[str, list[str]]) -> None:
    # Given the workers, when their pools are read, then each group has the one that fits
    pools = {name: [word for word in words if word.startswith("--pool=")] for name, words in commands.items()}
    assert (pools["waiting"], pools["computing"], pools["urgent"]) == (
        ["--pool=threads"],
        ["--pool=prefork"],
        ["--pool=threads"],
    )


def test_every_process_runs_celerys_own_command_line(commands: dict[str, list[str]]) -> None:
    # Given the processes, when their commands are read, then each is one that Celery has for our app
    for name in ("waiting", "computing", "urgent", "beat", "flower"):
        words = [word for word in commands[name] if word not in {sys.executable, "-m", "lookout"}]
        assert words[:3] == ["celery", "-A", "orchestrator"], name
        assert words[3] in {"worker", "beat", "flower"}


def test_every_task_that_a_sender_may_name_exists_and_every_task_may_be_named() -> None:
    # Given our tasks as a worker registers them, in a process of its own: other tests register theirs here
    code = (
        "import json; from orchestrator.celery import app; app.loader.import_default_modules(); app.finalize();"
        "print(json.dumps([name for name in app.tasks if not name.startswith('celery.')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    # Then they are exactly those that a sender may name
    assert set(json.loads(done.stdout)) == TASKS
    # And every module that defines one is imported with the package
    modules = {path.stem for path in Path(tasks.__file__).parent.glob("*.py")} - {"__init__", "base", *HELPED_BY}
    assert modules == set(tasks.__all__)


def test_routes_name_tasks_and_queues_that_exist() -> None:
    assert set(ROUTES) <= TASKS
    assert {route["queue"] for route in ROUTES.values()} <= QUEUES
    assert {app.conf.task_default_queue, app.conf.task_default_exchange, app.conf.task_default_routing_key} <= QUEUES


def test_the_apps_queues_are_the_catalogues_and_no_other_can_appear() -> None:
    assert set(app.amqp.queues) == QUEUES
    assert app.conf.task_create_missing_queues is False


def test_every_dotted_path_of_the_configuration_resolves() -> None:
    # Given every dotted path that the configuration names, when it is followed, then something is there
    order = options(get_settings())["queue_order_strategy"]
    for path in (celeryconfig.result_backend, celeryconfig.beat_scheduler, order):
        module, _, name = path.partition(":")
        assert isinstance(getattr(import_module(module), name), type), path
    assert [import_module(module) for module in celeryconfig.imports] == [tasks]


def configured() -> dict[str, Any]:
    """Return what Celery takes for settings in our configuration."""
    return {name: value for name, value in vars(celeryconfig).items() if not name.startswith("_")}


def test_the_configuration_holds_settings_that_celery_knows_and_nothing_else() -> None:
    # Given celeryconfig.py, when its names are read, then none is a constant that came in with an import or a slip
    assert set(configured()) - set(DEFAULTS) == set()


def test_only_json_is_read_and_written() -> None:
    # Given the app as it is configured, then nothing else is accepted, in either direction
    assert (app.conf.accept_content, app.conf.result_accept_content) == (["json"], ["json"])
    assert (app.conf.task_serializer, app.conf.result_serializer) == ("json", "json")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("worker_prefetch_multiplier", 1),
        ("task_ignore_result", True),
        ("task_track_started", True),
        ("worker_send_task_events", True),
        ("task_send_sent_event", True),
        ("broker_connection_retry_on_startup", True),
        ("broker_connection_max_retries", None),
        ("worker_enable_soft_shutdown_on_idle", True),
        ("worker_cancel_long_running_tasks_on_connection_loss", True),
        ("worker_hijack_root_logger", False),
        ("enable_utc", True),
    ],
)
def test_what_keeps_messages_from_getting_lost_is_set(name: str, value: object) -> None:
    assert configured()[name] == value
    assert app.conf[name] == value


def test_no_step_may_work_longer_than_until_its_message_comes_again() -> None:
    # Given every agent's hard limit, when it is compared, then the broker's patience is longer
    longest = max(spec.hard_seconds for spec in catalog().values())
    assert longest < get_settings().visibility_timeout_seconds
    assert all(spec.soft_seconds < spec.hard_seconds for spec in catalog().values())
