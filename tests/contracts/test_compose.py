"""docker-compose.yml runs what `lookout up` runs, open to nobody else, and with a worker for every queue."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.catalog import catalog
from orchestrator.local.roles import APP, DATABASE, GRANTS, OWNER
from orchestrator.local.stack import StackShape, processes
from orchestrator.queues import task_queues
from orchestrator.settings.schema import FIELDS

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"postgres", "valkey"}
WORKERS = {"worker-waiting", "worker-computing", "worker-urgent"}
OF_OURS = {*WORKERS, "migrate", "beat", "flower"}
SECRET = re.compile(r"\$\{(?P<name>[A-Z_]*PASSWORD)(?P<rest>[^}]*)\}")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return the file's services."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return found


def stack(tmp_path: Path, *, flower_port: int | None = None) -> dict[str, list[str]]:
    """Return what `lookout up` runs by the default settings: each process's arguments after ``celery``."""
    shape = StackShape(
        waiting=FIELDS["waiting_concurrency"].default,
        computing=FIELDS["computing_concurrency"].default,
        urgent=FIELDS["urgent_concurrency"].default,
        soft_shutdown_seconds=FIELDS["soft_shutdown_seconds"].default,
        folder=tmp_path,
        logs=tmp_path,
        flower_port=flower_port,
    )
    specs = processes(shape, specs=catalog())
    return {spec.name: list(spec.argv[spec.argv.index("celery") + 1 :]) for spec in specs}


def command(service: dict[str, Any]) -> list[str]:
    """Return a service's arguments after ``celery``."""
    program, *words = shlex.split(service["command"])
    assert program == "celery"
    return words


def seconds(text: str) -> float:
    """Return a time that is written as ``45s``."""
    return float(text.removesuffix("s"))


def test_the_services_are_the_processes_of_lookout_up_and_a_migration(services: dict[str, Any], tmp_path: Path) -> None:
    # Given the processes of a stack on one machine, Flower among them
    names = {name if f"worker-{name}" not in WORKERS else f"worker-{name}" for name in stack(tmp_path, flower_port=1)}
    # When the file is read, then it has the same, the two servers, and what migrates first
    assert set(services) == names | SERVERS | {"migrate"}


@pytest.mark.parametrize("name", ["waiting", "computing", "urgent"])
def test_a_worker_has_the_pool_and_the_queues_that_it_has_on_one_machine(
    services: dict[str, Any], tmp_path: Path, name: str
) -> None:
    assert command(services[f"worker-{name}"]) == stack(tmp_path)[name]


def test_beat_is_started_as_on_one_machine(services: dict[str, Any], tmp_path: Path) -> None:
    assert command(services["beat"]) == stack(tmp_path)["beat"]


def test_flower_is_asked_for_and_looks_only(services: dict[str, Any], tmp_path: Path) -> None:
    # Given Flower on one machine, when it is compared, then only the address differs: a container's own
    here = [word for word in stack(tmp_path, flower_port=5555)["flower"] if not word.startswith("--address")]
    assert [word for word in command(services["flower"]) if not word.startswith("--address")] == here
    # And it starts only where somebody asks for it, and wants a password
    assert services["flower"]["profiles"] == ["ops"]
    assert "PASSWORD" in services["flower"]["environment"]["FLOWER_BASIC_AUTH"]


def test_every_queue_has_a_worker(services: dict[str, Any]) -> None:
    read = [word for name in WORKERS for word in command(services[name]) if word.startswith("--queues=")]
    served = {queue for words in read for queue in words.removeprefix("--queues=").split(",")}
    assert served == {queue.name for queue in task_queues(catalog())}


def test_a_service_starts_after_what_it_needs(services: dict[str, Any]) -> None:
    for name in OF_OURS - {"migrate"}:
        needs = {need: how["condition"] for need, how in services[name]["depends_on"].items()}
        assert needs == {"migrate": "service_completed_successfully", "valkey": "service_healthy"}, name
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["migrate"]["restart"] == "no"
    assert all("healthcheck" in services[name] for name in SERVERS)


def test_every_port_is_the_machines_own(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_our_containers_are_closed_and_what_they_watch_is_read_only(services: dict[str, Any]) -> None:
    for name in OF_OURS:
        service = services[name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(volume.endswith(":ro") for volume in service.get("volumes", [])), name


def test_no_password_stands_in_the_file_and_each_is_asked_for(services: dict[str, Any]) -> None:
    # Given the whole file
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    # When its passwords are looked for, then each comes from outside, and one that is missing is named
    used = {found["name"] for found in SECRET.finditer(text)}
    asked = {found["name"] for found in SECRET.finditer(text) if found["rest"].startswith(":?")}
    assert used == asked
    assert not re.search(r"PASSWORD: [^*$\s]", text)
    # And only the role that migrates has the owner's
    owners = {name for name, service in services.items() if "OWNER" in str(service.get("environment"))}
    assert owners == {"migrate", "postgres"}


def test_a_worker_may_shut_down_before_it_is_killed(services: dict[str, Any]) -> None:
    least = FIELDS["soft_shutdown_seconds"].default
    assert all(seconds(services[name]["stop_grace_period"]) > least for name in WORKERS)


def test_the_roles_are_those_of_the_embedded_database(services: dict[str, Any]) -> None:
    # Given the script that the database's container runs once
    script = ROOT / "deploy" / "postgres" / "roles.sql"
    assert f"./{script.relative_to(ROOT)}:/docker-entrypoint-initdb.d/roles.sql:ro" in services["postgres"]["volumes"]
    text = script.read_text(encoding="utf-8")
    # When it is compared with what an embedded one is given, then both grant the same
    granted = [statement for statement in GRANTS if not statement.startswith("COMMENT")]
    assert [statement for statement in granted if f"\n{statement};" not in text] == []
    assert f"CREATE DATABASE {DATABASE} OWNER {OWNER};" in text
    assert all(f"CREATE ROLE {role} LOGIN PASSWORD :'" in text for role in (OWNER, APP))


def test_the_image_checks_hashes_and_is_no_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert any("--require-hashes -r" in line for line in lines)
    users = [line for line in lines if line.startswith("USER ")]
    assert users
    assert users[-1] not in {"USER root", "USER 0"}


def test_what_the_image_copies_is_all_that_it_needs() -> None:
    # Given what the image may see
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    # When it is compared with what an installation needs, then it is there, and nothing else is
    needed = {"agents", "orchestrator", "tasks", "migrations", "celeryconfig.py", "pyproject.toml", "requirements.lock"}
    assert seen == needed | {"README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in seen)
