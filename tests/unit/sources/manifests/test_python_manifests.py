"""``pyproject.toml`` and the lock files of Python's package managers."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sources.manifests.dependency import Parsed, UnreadableError
from agents.sources.manifests.pyproject import parse_pyproject
from agents.sources.manifests.python_locks import (
    parse_pdm_lock,
    parse_pipfile_lock,
    parse_poetry_lock,
    parse_pylock,
    parse_uv_lock,
)

PYPROJECT = """
[build-system]
requires = ["setuptools>=77"]

[project]
name = "thing"
dependencies = ["Flask>=3", "requests==2.31.0", "not a requirement", 5]

[project.optional-dependencies]
fast = ["uvloop"]
test = ["pytest>=8"]

[dependency-groups]
dev = ["ruff", {include-group = "test"}]

[tool.uv]
dev-dependencies = ["mypy"]

[tool.pdm.dev-dependencies]
lint = ["black"]
"""
POETRY = """
[tool.poetry.dependencies]
python = "^3.11"
Django = "^5.0"
pinned = "1.2.3"
also = "==2.0"
extra = {version = ">=1", optional = true}
vcs = {git = "https://example.org/x.git"}
odd = 5

[tool.poetry.dev-dependencies]
tox = "*"

[tool.poetry.group.docs.dependencies]
sphinx = "~7.0"
"""
POETRY_LOCK = """
[[package]]
name = "Django"
version = "5.0.1"
groups = ["main"]

[[package]]
name = "tox"
version = "4.0"
groups = ["dev"]

[[package]]
name = "old"
version = "1.0"
category = "dev"
optional = false

[[package]]
name = "extra"
version = "1.0"
optional = true

[[package]]
name = "own"
version = "0.1"
source = {type = "directory", url = "."}

[[package]]
version = "1"

[metadata]
lock-version = "2.1"
"""
UV_LOCK = """
version = 1

[[package]]
name = "thing"
version = "0.1"
source = { editable = "." }
dependencies = [{ name = "flask" }, { name = "both" }]

[package.optional-dependencies]
fast = [{ name = "uvloop" }]

[package.dev-dependencies]
dev = [{ name = "ruff" }, { name = "both" }]

[[package]]
name = "flask"
version = "3.0.0"
source = { registry = "https://index.example.org/simple" }

[[package]]
name = "werkzeug"
version = "3.0.0"

[[package]]
name = "ruff"
version = "0.5.0"

[[package]]
name = "both"
version = "1.0"

[[package]]
name = "uvloop"
version = "0.19"
"""
PDM_LOCK = """
[metadata]
groups = ["default", "test"]

[[package]]
name = "flask"
version = "3.0.0"
groups = ["default", "test"]

[[package]]
name = "pytest"
version = "8.0"
groups = ["test"]

[[package]]
name = "plain"
version = "1.0"

[[package]]
name = "own"
version = "0"
path = "./own"
"""
PYLOCK = """
lock-version = "1.0"

[[packages]]
name = "attrs"
version = "25.1.0"

[[packages]]
name = "own"
directory = { path = "." }

[[packages]]
name = "unversioned"
"""
PIPFILE_LOCK = """
{"_meta": {}, "default": {"Flask": {"version": "==3.0.0"}, "vcs": {"git": "https://example.org/x.git"}},
 "develop": {"pytest": {"version": "==8.0"}}}
"""
PARSERS = (parse_pyproject, parse_poetry_lock, parse_uv_lock, parse_pdm_lock, parse_pylock, parse_pipfile_lock)


def said(parsed: Parsed) -> dict[str, tuple[str, str, bool | None]]:
    """Return version or specifier, scope and directness by name."""
    return {one.name: (one.version or one.specifier, one.scope, one.direct) for one in parsed.dependencies}


def test_a_project_asks_in_many_places() -> None:
    # Given a project with every standard table
    parsed = parse_pyproject(PYPROJECT)

    # Then each request has its scope, and what is no request is a problem of its own
    assert said(parsed) == {
        "flask": (">=3", "runtime", True),
        "requests": ("2.31.0", "runtime", True),
        "uvloop": ("", "optional", True),
        "pytest": (">=8", "dev", True),
        "ruff": ("", "dev", True),
        "mypy": ("", "dev", True),
        "black": ("", "dev", True),
        "setuptools": (">=77", "build", True),
    }
    assert [one.raw for one in parsed.problems] == ["'not a requirement'", "5"]


def test_poetry_has_words_of_its_own() -> None:
    assert said(parse_pyproject(POETRY)) == {
        "django": ("^5.0", "runtime", True),
        "pinned": ("1.2.3", "runtime", True),
        "also": ("2.0", "runtime", True),
        "extra": (">=1", "optional", True),
        "vcs": ("https://example.org/x.git", "runtime", True),
        "odd": ("", "runtime", True),
        "tox": ("*", "dev", True),
        "sphinx": ("~7.0", "dev", True),
    }


def test_poetrys_lock() -> None:
    parsed = parse_poetry_lock(POETRY_LOCK)
    assert said(parsed) == {
        "django": ("5.0.1", "runtime", None),
        "tox": ("4.0", "dev", None),
        "old": ("1.0", "dev", None),
        "extra": ("1.0", "optional", None),
    }
    assert [one.reason for one in parsed.problems] == ["a package without a name"]


def test_uvs_lock_tells_what_the_project_asked_for() -> None:
    assert said(parse_uv_lock(UV_LOCK)) == {
        "flask": ("3.0.0", "runtime", True),
        "werkzeug": ("3.0.0", "runtime", False),
        "ruff": ("0.5.0", "dev", True),
        "both": ("1.0", "runtime", True),
        "uvloop": ("0.19", "optional", True),
    }
    assert said(parse_uv_lock('version = 1\n[[package]]\nname = "a"\nversion = "1"')) == {"a": ("1", "runtime", None)}


def test_pdms_lock() -> None:
    assert said(parse_pdm_lock(PDM_LOCK)) == {
        "flask": ("3.0.0", "runtime", None),
        "pytest": ("8.0", "dev", None),
        "plain": ("1.0", "runtime", None),
    }


def test_the_standard_lock() -> None:
    assert said(parse_pylock(PYLOCK)) == {"attrs": ("25.1.0", "runtime", None), "unversioned": ("", "runtime", None)}


def test_pipenvs_lock() -> None:
    assert said(parse_pipfile_lock(PIPFILE_LOCK)) == {
        "flask": ("3.0.0", "runtime", None),
        "vcs": ("", "runtime", None),
        "pytest": ("8.0", "dev", None),
    }


@pytest.mark.parametrize(
    ("parse", "text", "reason", "line"),
    [
        (parse_pyproject, "[project]\nname = \n", "is not TOML: Invalid value", 2),
        (parse_pyproject, "a = " + "[" * 5000, "is nested too deeply", 0),
        (parse_pyproject, "a = " + "1" * 9999, "is not TOML: Exceeds the limit", 0),
        (parse_pipfile_lock, '{"a": ' + "1" * 9999 + "}", "is not JSON: Exceeds the limit", 0),
        (parse_poetry_lock, "[other]\n", "has no table package", 0),
        (parse_pipfile_lock, "{}", "has neither a section default nor develop", 0),
        (parse_pipfile_lock, "[]", "is JSON, but not an object", 0),
        (parse_pipfile_lock, '{\n"a": NaN}', "is not JSON: NaN is no JSON number", 0),
        (parse_pipfile_lock, '{\n"a" 1}', "is not JSON: Expecting ':' delimiter", 2),
        (parse_pipfile_lock, "[" * 100_000, "is nested too deeply", 0),
    ],
)
def test_what_does_not_parse_is_refused_with_its_line(
    parse: Callable[[str], Parsed], text: str, reason: str, line: int
) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        parse(text)
    assert caught.value.line == line


TOML_PIECES = st.sampled_from(
    ["[[package]]\n", "[project]\n", 'name = "a"\n', "version = 1\n", "dependencies = [1, {}, []]\n", "[tool.poetry]\n"]
)


@given(st.sampled_from(PARSERS), st.text() | st.lists(TOML_PIECES).map("".join))
def test_no_text_breaks_the_reading(parse: Callable[[str], Parsed], text: str) -> None:
    # Given anything at all, it is read or refused
    with suppress(UnreadableError):
        parsed = parse(text)
        assert len({one.key for one in parsed.dependencies}) == len(parsed.dependencies)
