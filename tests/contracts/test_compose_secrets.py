"""docker-compose.yml's settings are settings, and its secrets are files that one script makes and few may read."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.composing import OF_OURS, ROOT, allowed, composed
from support.documents import Document

from orchestrator.local.roles import APP, DATABASE, OWNER
from orchestrator.settings import load_settings
from orchestrator.settings.environment import variables
from orchestrator.settings.schema import PLAIN, SECRET

MOUNTED = re.compile(r"/run/secrets/(\w+)")


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    """Return the file."""
    return composed()


@pytest.fixture(scope="module")
def services(file: dict[str, Any]) -> dict[str, Any]:
    """Return the file's services."""
    found: dict[str, Any] = file["services"]
    return found


@pytest.mark.parametrize("name", sorted(OF_OURS))
def test_every_variable_is_a_setting(services: dict[str, Any], name: str) -> None:
    known = {variable for setting in PLAIN for variable in variables(setting)}
    known |= {f"{variable}_FILE" for setting in SECRET for variable in variables(setting)}
    assert set(services[name]["environment"]) <= known


def test_the_settings_of_a_service_can_be_read(
    services: dict[str, Any], secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the variables of every service of ours, with its secrets where this machine has them
    for name in OF_OURS:
        with monkeypatch.context() as patched:
            for variable, value in services[name]["environment"].items():
                patched.setenv(variable, value.replace("/run/secrets", str(secrets)))
            # When its settings are read, then they name the servers of this file
            settings = load_settings()
        for address, server in ((settings.database_url, "@postgres:5432/"), (settings.broker_url, "@valkey:6379/")):
            assert address is not None
            assert server in address.get_secret_value()
        assert (settings.flower_basic_auth is not None) is (name == "flower")


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of secrets, as the script makes them."""
    folder = tmp_path_factory.mktemp("made") / "secrets"
    make_secrets(folder)
    return folder


def make_secrets(folder: Path) -> str:
    """Run the script; return what it says."""
    done = subprocess.run(
        ["sh", str(ROOT / "deploy" / "secrets.sh"), str(folder)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


def test_every_secret_is_a_file_that_the_script_makes_and_somebody_reads(
    file: dict[str, Any], services: dict[str, Any], secrets: Path
) -> None:
    # Given the secrets that the script makes, when the file is read, then it has those
    named = file["secrets"]
    assert {name: entry["file"] for name, entry in named.items()} == {
        path.name: f"./secrets/{path.name}" for path in secrets.iterdir()
    }
    # And each service is given those that it reads, and no others but what all of ours have
    for name, service in services.items():
        read = {found for value in values(service) for found in MOUNTED.findall(value)}
        read |= {found for path in scripts(service) for found in MOUNTED.findall(path.read_text(encoding="utf-8"))}
        assert set(service["secrets"]) == read, name
    assert {found for service in services.values() for found in service["secrets"]} == set(named)


def values(service: dict[str, Any]) -> list[str]:
    """Return every text of a service that may name a file."""
    commands = service.get("command", [])
    words = [commands] if isinstance(commands, str) else commands
    return [*words, *service.get("environment", {}).values(), *service.get("healthcheck", {}).get("test", [])]


def scripts(service: dict[str, Any]) -> list[Path]:
    """Return the scripts of ours that a service runs."""
    mounts = [mount.split(":")[0] for mount in service.get("volumes", [])]
    return [ROOT / mount for mount in mounts if mount.endswith(".sh")]


def test_what_is_shown_as_an_addition_fits_the_file(file: dict[str, Any]) -> None:
    # Given the addition that the documents show, for the workers whose agents ask other services
    (shown,) = Document(ROOT / "docs" / "operations.md").blocks("yaml")
    addition = yaml.safe_load(shown)
    assert set(addition["services"]) == {
        name for name, service in file["services"].items() if "outside" in service["networks"]
    }
    # When it is read, then each variable is a secret setting's, in a file that is mounted
    for service in addition["services"].values():
        for variable, path in service["environment"].items():
            assert variable in {f"{name}_FILE" for setting in SECRET for name in variables(setting)}
            assert MOUNTED.findall(path) == service["secrets"] == list(addition["secrets"])


def test_the_owners_password_is_for_who_migrates_and_the_superusers_for_nobody_of_ours(
    services: dict[str, Any],
) -> None:
    def given(secret: str) -> set[str]:
        return {name for name, service in services.items() if secret in service["secrets"]}

    assert given("owner_database_url") == {"migrate"}
    assert given("owner_password") == given("postgres_password") == given("app_password") == {"postgres"}
    assert given("broker_password") == {"valkey"}
    assert given("flower_basic_auth") == {"flower"}


def test_no_secret_stands_in_the_file_or_comes_from_a_variable(services: dict[str, Any]) -> None:
    # Given the whole file, when what comes from outside is looked for, then it is a folder and a port
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", text)) == {"WATCH_FOLDER", "FLOWER_PORT"}
    assert "${WATCH_FOLDER:?" in text
    # And a variable that is about a password or an address names a file
    for name, service in services.items():
        told = [key for key in service.get("environment", {}) if re.search("PASSWORD|URL|AUTH|SECRET|TOKEN", key)]
        assert all(key.endswith("_FILE") for key in told), name


def test_passwords_are_made_once_each_another_and_closed_to_others(tmp_path: Path) -> None:
    # Given a folder that the script has made
    folder = tmp_path / "secrets"
    said = make_secrets(folder)
    made = {path.name: path.read_text() for path in folder.iterdir()}
    # Then no two passwords are the same, none is short, none is shown, and other users do not come in
    passwords = [text.strip() for name, text in made.items() if name.endswith("_password")]
    assert len(set(passwords)) == len(passwords) == 4
    assert all(re.fullmatch(r"[0-9a-f]{48}", password) for password in passwords)
    assert not any(password in said for password in passwords)
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    # But a container's user, whoever it is by number, reads what is mounted for it
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o644"}
    # When it is run again, and one file is gone, then that one alone is made
    (folder / "flower_basic_auth").unlink()
    (folder / "database_url").write_text("postgresql://mine@elsewhere/lookout\n")
    assert make_secrets(folder) == "made flower_basic_auth\n"
    again = {path.name: path.read_text() for path in folder.iterdir()}
    assert again.pop("flower_basic_auth") != made.pop("flower_basic_auth")
    assert again == made | {"database_url": "postgresql://mine@elsewhere/lookout\n"}


def test_addresses_hold_the_passwords_of_the_servers(secrets: Path) -> None:
    def text(name: str) -> str:
        return (secrets / name).read_text().strip()

    assert text("database_url") == f"postgresql://{APP}:{text('app_password')}@postgres:5432/{DATABASE}"
    assert text("owner_database_url") == f"postgresql://{OWNER}:{text('owner_password')}@postgres:5432/{DATABASE}"
    assert text("broker_url") == f"redis://:{text('broker_password')}@valkey:6379/0"


def test_secrets_are_not_for_git_or_the_image() -> None:
    assert {"/secrets/", "/.env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())
    assert not {"secrets", ".env"} & allowed()
