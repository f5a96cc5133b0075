"""What the repository promises about itself: locks with hashes, no machine's paths, commands that exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from orchestrator.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (".ci", "agents", "benchmarks", "deploy", "docs", "examples", "migrations", "orchestrator", "tasks", "tests")
LOCKS = ("requirements.lock", "requirements-dev.lock")
# Put together here, so that this file does not hold what it looks for. Examples may name "ada" and "you": nobody.
HOMES = re.compile(
    rf"(?<![\w.\-/])/(?:{'ro' + 'ot'}|{'wo' + 'rk'}|{'ho' + 'me'}/(?!ada\b|you\b)[a-z]\w*)(?:/|\b(?!\w))"
)
REGISTRIES = re.compile(
    "|".join(map(re.escape, ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com")))
)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository with what it holds."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    paths += [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith((".coverage", ".venv"))]
    for path in sorted(path for path in paths if path.is_file() and not path.is_symlink()):
        content = path.read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")


def requirements(lock: str) -> dict[str, list[str]]:
    """Return the requirements of a lock file with the lines that belong to each."""
    statements = re.sub(r"\\\n", " ", (ROOT / lock).read_text(encoding="utf-8"))
    pinned = [line for line in statements.splitlines() if line and not line.lstrip().startswith("#")]
    return {canonicalize_name(line.split("==")[0]): line.split() for line in pinned}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_a_lock_is_pinned_and_hashed(lock: str) -> None:
    # Given a lock file, when it is read, then each requirement has one version and at least one hash
    for name, words in requirements(lock).items():
        assert "==" in words[0], name
        assert any(word.startswith("--hash=sha256:") for word in words), name


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_no_host_and_no_path(lock: str) -> None:
    # Given a lock file, when it is read, then nothing in it belongs to the machine that wrote it
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|--trusted|^/|\s/", text, re.MULTILINE)


def test_the_locks_hold_all_that_pyproject_asks_for_and_agree() -> None:
    # Given what pyproject.toml asks for
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    run = {canonicalize_name(Requirement(text).name) for text in [*project["dependencies"], *extras["build"]]}
    develop = {canonicalize_name(Requirement(text).name) for text in extras["dev"]}
    # When the locks are read
    pinned, pinned_for_developers = (requirements(lock) for lock in LOCKS)
    # Then they hold it, and developers run what users run
    assert run <= set(pinned)
    assert develop <= set(pinned_for_developers)
    assert {name: words[0] for name, words in pinned.items()} == {
        name: pinned_for_developers[name][0] for name in pinned
    }


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    # Given every text of the repository, when it is searched, then no path of a machine is found
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path, text in texts() for match in HOMES.finditer(text)]
    assert found == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    # Given every text of the repository, when it is searched, then where packages come from is left to the user
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path, text in texts() for match in REGISTRIES.finditer(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("see /" + "root/x", True),
        ("'/" + "work/y'", True),
        ("/" + "home/eve", True),
        ("/workers and /rooted", False),
        ("https://host/work" + "/x", False),
        ("a/" + "root/b", False),
        ("/home", False),
        ("/home/ada/clones", False),
    ],
)
def test_the_search_for_paths_finds_paths_alone(text: str, *, named: bool) -> None:
    # Given a text, when it is searched, then only an absolute path of a machine is found
    assert bool(HOMES.search(text)) is named


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_every_command_that_a_document_names_exists(document: str) -> None:
    # Given a document and the Makefile's targets
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    named = set(re.findall(r"(?:^|[`$] ?)make ([a-z]+)", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE))
    # When the document tells a reader to type one, then it is there
    assert named <= targets


def test_the_readme_names_the_two_commands() -> None:
    # Given the first thing that a newcomer reads, when it is searched, then both commands are in it
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def test_every_target_of_the_makefile_is_phony_and_the_public_ones_say_what_they_do() -> None:
    # Given the Makefile, when its targets are read, then a file of the same name could not hide one
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:])
    described = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert set(TARGET.findall(makefile)) == phony
    assert phony - described == {"runtime", "develop"}


def test_every_setting_is_read_somewhere() -> None:
    # Given the program without its settings
    folders = [ROOT / name for name in ("orchestrator", "tasks", "migrations")]
    modules = [ROOT / "celeryconfig.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    program = "".join(path.read_text(encoding="utf-8") for path in modules if path.parent.name != "settings")
    # When it is searched for each setting, then none is a switch that switches nothing
    unread = [name for name in Settings.model_fields if name != "origins" and not re.search(rf"\.{name}\b", program)]
    assert unread == []
