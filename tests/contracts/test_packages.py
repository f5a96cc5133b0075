"""The import packages are ours: their names are common ones, and another distribution's could take their place."""

import importlib
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["agents", "orchestrator", "tasks", "celeryconfig"])
def test_a_package_of_ours_is_the_one_in_this_repository(name: str) -> None:
    # Given a name that other distributions use too, when it is imported, then it lies under the repository's root
    found = importlib.import_module(name).__file__
    assert found is not None
    assert Path(found).resolve().is_relative_to(ROOT)


@pytest.mark.parametrize("name", ["agents", "orchestrator", "tasks", "celeryconfig"])
def test_a_package_of_ours_is_found_from_any_folder(name: str, tmp_path: Path) -> None:
    # Given a process that stands in another folder, when it imports the package, then it is the installed one, ours
    code = f"import {name}; print({name}.__file__)"
    told = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).resolve().is_relative_to(ROOT)


def test_the_command_that_is_installed_can_be_imported() -> None:
    # Given the entry point that pyproject.toml promises
    (promised,) = PROJECT["project"]["scripts"].items()
    # When it is looked up, then it is a function that can be called
    module, _, function = promised[1].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_installed_command_is_the_promised_one() -> None:
    # Given the installed distribution, when its command is looked up, then it is what pyproject.toml says
    (command,) = entry_points(group="console_scripts", name="lookout")
    assert command.value == PROJECT["project"]["scripts"]["lookout"]


def test_the_modules_that_every_process_imports_stay_light() -> None:
    # Given a fresh process
    code = (
        "import orchestrator, agents.catalog, sys;"
        "print(*({'pandas', 'sklearn', 'matplotlib', 'numpy', 'univers', 'cvss'} & set(sys.modules)))"
    )
    # When it imports what each worker imports
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    # Then nothing heavy came with it
    assert told.stdout.split() == []
