"""docker-compose.yml runs what `lookout up` runs, each process closed, bounded, and telling how it is."""

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_command
from flower.options import options as flower_options
from support.composing import INSTALLED, OF_OURS, ROOT, SERVERS, WORKERS, composed

from agents.catalog import catalog
from orchestrator.celery import app
from orchestrator.cli.group import cli
from orchestrator.local.process import ProcessSpec
from orchestrator.local.stack import FLOWER_CONFIG, StackShape, processes
from orchestrator.queues import task_queues
from orchestrator.settings.schema import FIELDS

REACH_OTHERS = {"worker-waiting", "worker-urgent"}
"""Whose agents ask other services."""
SECONDS = re.compile(r"(\d+)s")


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    """Return the file."""
    return composed()


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, Any]:
    """Return the file's services."""
    found: dict[str, Any] = file["services"]
    return found


def stack(tmp_path: Path, *, flower_port: int | None = None) -> dict[str, ProcessSpec]:
    """Return what `lookout up` runs by the default settings."""
    shape = StackShape(
        waiting=FIELDS["waiting_concurrency"].default,
        computing=FIELDS["computing_concurrency"].default,
        urgent=FIELDS["urgent_concurrency"].default,
        soft_shutdown_seconds=FIELDS["soft_shutdown_seconds"].default,
        folder=tmp_path,
        logs=tmp_path,
        flower_port=flower_port,
    )
    return {spec.name: spec for spec in processes(shape, specs=catalog())}


def here(spec: ProcessSpec) -> list[str]:
    """Return a process's arguments after ``celery``."""
    return list(spec.argv[spec.argv.index("celery") + 1 :])


def command(service: dict[str, Any]) -> list[str]:
    """Return a service's arguments after its program."""
    return shlex.split(service["command"])[1:]


def seconds(text: str) -> int:
    """Return a time that is written as ``45s``."""
    found = SECONDS.fullmatch(text)
    assert found, text
    return int(found[1])


def test_the_services_are_the_processes_of_lookout_up_and_a_migration(services: dict[str, Any], tmp_path: Path) -> None:
    # Given the processes of a stack on one machine, Flower among them
    names = {name if f"worker-{name}" not in WORKERS else f"worker-{name}" for name in stack(tmp_path, flower_port=1)}
    # When the file is read, then it has the same, the two servers, and what migrates first
    assert set(services) == names | SERVERS | {"migrate"}


@pytest.mark.parametrize("name", ["waiting", "computing", "urgent"])
def test_a_worker_has_the_pool_and_the_queues_that_it_has_on_one_machine(
    services: dict[str, Any], tmp_path: Path, name: str
) -> None:
    assert command(services[f"worker-{name}"]) == here(stack(tmp_path)[name])


def test_beat_is_started_as_on_one_machine(services: dict[str, Any], tmp_path: Path) -> None:
    assert command(services["beat"]) == here(stack(tmp_path)["beat"])


def test_flower_is_asked_for_and_has_our_configuration(services: dict[str, Any], tmp_path: Path) -> None:
    # Given Flower on one machine, when it is compared, then only the address differs, a container's own
    words = " ".join(here(stack(tmp_path, flower_port=5555)["flower"]))
    expected = words.replace("--address=127.0.0.1", "--address=0.0.0.0").replace(
        str(FLOWER_CONFIG), str(INSTALLED / FLOWER_CONFIG.relative_to(ROOT))
    )
    assert " ".join(command(services["flower"])) == expected
    # And it starts only where somebody asks for it
    assert services["flower"]["profiles"] == ["ops"]
    assert all("profiles" not in services[name] for name in set(services) - {"flower"})


def test_every_queue_has_a_worker(services: dict[str, Any]) -> None:
    read = [word for name in WORKERS for word in command(services[name]) if word.startswith("--queues=")]
    served = {queue for words in read for queue in words.removeprefix("--queues=").split(",")}
    assert served == {queue.name for queue in task_queues(catalog())}


@pytest.mark.parametrize("name", sorted(OF_OURS))
def test_every_command_is_one_that_its_program_takes(services: dict[str, Any], name: str) -> None:
    # Given a service's command, when its program reads it, then it has no fault
    program, *words = shlex.split(services[name]["command"])
    if program == "lookout":
        found = cli.get_command(click.Context(cli), words[0])
        assert found is not None
        found.make_context(words[0], words[1:])
        return
    assert (program, words[:2]) == ("celery", ["-A", "orchestrator"])
    found = celery_command.get_command(click.Context(celery_command), words[2])
    above = click.Context(celery_command, obj=CLIContext(app=app, no_color=True, workdir="", quiet=True))
    read = found.make_context(words[2], words[3:], parent=above)
    # Flower's own command passes its options on unread.
    given = read.params.get("tornado_argv", ())
    assert {word.removeprefix("--").partition("=")[0] for word in given} <= {*flower_options}
    assert bool(given) is (name == "flower")


def test_a_service_starts_after_what_it_needs(services: dict[str, Any]) -> None:
    for name in OF_OURS - {"migrate"}:
        needs = {need: how["condition"] for need, how in services[name]["depends_on"].items()}
        assert needs == {"migrate": "service_completed_successfully", "valkey": "service_healthy"}, name
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert {name: service["restart"] for name, service in services.items()} == {
        name: "no" if name == "migrate" else "unless-stopped" for name in services
    }


def test_every_service_that_stays_tells_how_it_is(services: dict[str, Any]) -> None:
    # Given every service but the one that ends, when its health check is read
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    for name in set(services) - {"migrate"}:
        check = services[name]["healthcheck"]
        # Then it is quick to answer, patient at the start, and often
        assert seconds(check["timeout"]) < seconds(check["interval"]) <= 10, name
        assert seconds(check["start_period"]) >= 60, name
        assert seconds(check["start_interval"]) <= 2, name
        assert check["test"][0] in {"CMD", "CMD-SHELL"}, name


@pytest.mark.parametrize("name", sorted({*WORKERS, "beat"}))
def test_workers_and_beat_are_asked_by_the_sign_of_life_that_they_leave(services: dict[str, Any], name: str) -> None:
    # Given where a process leaves its sign
    service = services[name]
    path = Path(service["environment"]["LOOKOUT_HEARTBEAT_FILE"])
    # When its health check is read, then it looks there, by a module that is there, and nobody pings anybody
    program, *words = service["healthcheck"]["test"][1:]
    assert (program, words) == ("python", ["-m", "orchestrator.liveness", str(path)])
    assert importlib.util.find_spec("orchestrator.liveness.__main__") is not None
    # And it is a place that can be written to, which no other container shares
    assert str(path.parent) in {place.partition(":")[0] for place in service["tmpfs"]}


@pytest.mark.parametrize("name", sorted(OF_OURS))
def test_nobody_of_ours_is_killed_earlier_than_on_one_machine(
    services: dict[str, Any], tmp_path: Path, name: str
) -> None:
    longest = max(spec.stop_seconds for spec in stack(tmp_path, flower_port=1).values())
    assert seconds(services[name]["stop_grace_period"]) > longest
    assert longest > FIELDS["soft_shutdown_seconds"].default


def test_no_service_takes_the_whole_machine_or_fills_its_disk(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        assert all(":size=" in place for place in service["tmpfs"]), name
    # And the computing worker has room for what each of its processes may grow to
    room = services["worker-computing"]["deploy"]["resources"]["limits"]["memory"]
    processes_mb = (FIELDS["computing_concurrency"].default + 1) * FIELDS["worker_max_memory_mb"].default
    assert room.endswith("G")
    assert int(room.removesuffix("G")) * 1024 > processes_mb


def test_only_flower_is_reached_from_outside_and_only_from_this_machine(services: dict[str, Any]) -> None:
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert list(ports) == ["flower"]
    assert all(port.startswith("127.0.0.1:") for port in ports["flower"])


def test_the_servers_are_on_a_network_of_their_own(file: dict[str, Any], services: dict[str, Any]) -> None:
    assert file["networks"] == {"inside": {"internal": True}, "outside": {}, "door": {}}
    extra = {name: set(service["networks"]) - {"inside"} for name, service in services.items()}
    assert extra == {
        name: {"outside"} if name in REACH_OTHERS else {"door"} if name == "flower" else set() for name in services
    }
    assert all("inside" in service["networks"] for service in services.values())


def test_every_container_is_closed_and_nobody_is_root(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["user"].partition(":")[0] not in {"", "root", "0"}, name
        assert not set(service) & {"privileged", "pid", "ipc", "network_mode", "devices"}, name


def test_what_is_kept_is_in_named_volumes_and_the_rest_is_read_only(
    file: dict[str, Any], services: dict[str, Any]
) -> None:
    mounts = {name: service.get("volumes", []) for name, service in services.items()}
    kept = {mount.partition(":")[0] for each in mounts.values() for mount in each if not mount.endswith(":ro")}
    assert kept == set(file["volumes"]) == {"postgres", "valkey"}
    # And every file of ours that is mounted is there
    ours = [mount.partition(":")[0] for each in mounts.values() for mount in each if mount.startswith("./")]
    assert ours
    assert all((ROOT / path).is_file() for path in ours)
