"""The set-up behind every make target: whole or made afresh, never half; ours or left alone; one at a time."""

import importlib.util
import json
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "bootstrap.py"

# A project that needs no package to be built: its build backend stands beside it.
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
from zipfile import ZipFile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "sample-1.0-py3-none-any.whl"
    with ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("sample_of_lookout.py", "")
        wheel.writestr("sample-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: sample\\nVersion: 1.0\\n")
        wheel.writestr("sample-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("sample-1.0.dist-info/RECORD", "")
    return name
"""


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, working on a small project of its own in an empty folder."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "backend.py").write_text(BACKEND)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text("# nothing\n")
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


def run_as(bootstrap: ModuleType, level: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the script as make does; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["bootstrap.py", level])
    code: int = bootstrap.main()
    return code


def test_an_environment_is_made_used_again_added_to_and_made_afresh(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a clone without an environment, and variables that would send packages elsewhere
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    venv = tmp_path / ".venv"
    # When it is set up to run, then the project is installed there and the environment is whole
    assert run_as(bootstrap, "run", monkeypatch) == 0
    assert [path.name for path in venv.rglob("sample_of_lookout.py")] == ["sample_of_lookout.py"]
    assert not (tmp_path / "elsewhere").exists()
    assert json.loads((venv / "lookout.json").read_text())["whole"]
    # When it is set up again, then nothing is done
    capsys.readouterr()
    assert run_as(bootstrap, "run", monkeypatch) == 0
    assert capsys.readouterr().err == ""
    # When it is set up to develop, then that is added to what stands there
    (venv / "witness").touch()
    assert run_as(bootstrap, "develop", monkeypatch) == 0
    assert (venv / "witness").exists()
    # When an interrupted set-up is found, then the environment is made afresh, and no part of the old one stays
    mark = bootstrap.Mark.read(venv)
    bootstrap.replace(mark, whole=False).write(venv)
    (tmp_path / ".venv.old").mkdir()
    assert run_as(bootstrap, "run", monkeypatch) == 0
    assert not (venv / "witness").exists()
    assert not (tmp_path / ".venv.old").exists()


@pytest.fixture
def whole(bootstrap: ModuleType, tmp_path: Path) -> dict[str, object]:
    """Return what the mark of a whole environment says."""
    made_from = {name: bootstrap.digest(name) for name in ("requirements.lock", "pyproject.toml")}
    return {"python": "3.11", "root": str(tmp_path), "whole": True, "made_from": made_from}


def test_nothing_is_missing_in_a_whole_environment(bootstrap: ModuleType, whole: dict[str, object]) -> None:
    # Given a whole environment to run, when it is asked what it lacks, then it is nothing, or what developers need
    mark = bootstrap.Mark(**whole)
    assert bootstrap.missing(mark, "run") == []
    assert bootstrap.missing(mark, "develop") == ["requirements-dev.lock"]


def test_a_changed_project_is_installed_again_and_nothing_else(
    bootstrap: ModuleType, whole: dict[str, object], tmp_path: Path
) -> None:
    # Given a change in pyproject.toml, when it is asked what is lacking, then it is the project alone
    (tmp_path / "pyproject.toml").write_text("# changed\n")
    assert bootstrap.missing(bootstrap.Mark(**whole), "run") == ["pyproject.toml"]


@pytest.mark.parametrize(
    "change", [{"whole": False}, {"root": "/elsewhere"}, {"made_from": {"requirements.lock": "old"}}]
)
def test_an_environment_that_cannot_be_trusted_is_made_afresh(
    bootstrap: ModuleType, whole: dict[str, object], change: dict[str, object]
) -> None:
    # Given an environment that was interrupted, moved, or made from other locks, when asked, then nothing of it is kept
    assert bootstrap.missing(bootstrap.Mark(**{**whole, **change}), "run") is None


def test_an_environment_whose_python_is_gone_does_not_start(
    bootstrap: ModuleType, whole: dict[str, object], tmp_path: Path
) -> None:
    # Given an environment without its Python, and one without a mark, when they are tried, then they do not start
    assert not bootstrap.starts(tmp_path, bootstrap.Mark(**whole))
    assert not bootstrap.starts(tmp_path, None)


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}'])
def test_a_mark_that_cannot_be_read_is_none(bootstrap: ModuleType, tmp_path: Path, text: str) -> None:
    # Given a garbled mark, when it is read, then there is none
    (tmp_path / "lookout.json").write_text(text)
    assert bootstrap.Mark.read(tmp_path) is None


def test_an_environment_of_somebody_elses_is_left_alone(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given an environment that we did not make, when ours is wanted, then that is refused with the remedy
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    assert run_as(bootstrap, "run", monkeypatch) == 1
    assert "was not made by this Makefile and stays as it is. Move it away, or" in capsys.readouterr().err
    assert (tmp_path / ".venv" / "bin").is_dir()


def test_a_missing_venv_module_is_said_in_words(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a Python without ensurepip, as Debian ships it, when it is set up, then the package to install is named
    monkeypatch.setattr(bootstrap, "find_spec", lambda _name: None)
    assert run_as(bootstrap, "run", monkeypatch) == 1
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"on Debian and Ubuntu: apt install python{version}-venv" in capsys.readouterr().err


def test_a_command_that_fails_shows_the_end_of_its_output(bootstrap: ModuleType, tmp_path: Path) -> None:
    # Given a command that says much and fails
    code = "print(*range(100), sep='\\n'); raise SystemExit(3)"
    # When it is run within the lock, then the error holds the last lines, and where all of them are
    with bootstrap.alone(tmp_path / "x") as lock, pytest.raises(bootstrap.SetupError) as failed:
        bootstrap.run([sys.executable, "-c", code], tmp_path, lock)
    assert "failed (exit 3)" in str(failed.value)
    assert str(failed.value).endswith("    98\n    99")
    assert "    84\n" not in str(failed.value)
    assert (tmp_path / "setup.log").read_text().startswith("0\n1\n")


def test_packages_are_counted_once(bootstrap: ModuleType, tmp_path: Path) -> None:
    # Given two locks that share a package, when their packages are counted, then it counts once
    (tmp_path / "a").write_text("# a==1\nattrs==1 \\\n    --hash=sha256:x==\nyarl==1\n")
    (tmp_path / "b").write_text("attrs==1\n")
    assert bootstrap.packages(["a", "b"]) == {"attrs", "yarl"}


def test_a_second_set_up_of_the_same_folder_waits(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a set-up at work
    order: list[str] = []
    waiting = threading.Event()
    monkeypatch.setattr(bootstrap, "say", lambda text: waiting.set() if "waiting for it" in text else None)

    def second() -> None:
        with bootstrap.alone(tmp_path / ".venv"):
            order.append("second")

    thread = threading.Thread(target=second)
    with bootstrap.alone(tmp_path / ".venv"):
        # When another one starts, then it says that it waits, and comes after
        thread.start()
        assert waiting.wait(30)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_an_interrupt_ends_with_the_usual_code(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a set-up that is interrupted from the keyboard, when it ends, then with 130 and a word on what comes next
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "prepare", interrupted)
    assert run_as(bootstrap, "run", monkeypatch) == 130
    assert capsys.readouterr().err == "set-up: interrupted; the next make takes it up again\n"


def test_an_environment_is_built_on_the_python_below_an_active_one(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a Python whose base installation is there, then gone, when it is asked what to build on, then it says so
    assert Path(bootstrap.interpreter()).is_file()
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert bootstrap.interpreter() == sys.executable
