"""Which parser reads a manifest: by its name, and where a person named the file outright, also by how it begins."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from agents.sources.manifests.cyclonedx import parse_cyclonedx
from agents.sources.manifests.dependency import Parsed
from agents.sources.manifests.npm import parse_package_json, parse_package_lock
from agents.sources.manifests.pyproject import parse_pyproject
from agents.sources.manifests.python_locks import (
    parse_pdm_lock,
    parse_pipfile_lock,
    parse_poetry_lock,
    parse_pylock,
    parse_uv_lock,
)
from agents.sources.manifests.requirements import parse_requirements
from agents.sources.manifests.yarn import parse_yarn_lock

Parser = Callable[[str, str], Parsed]
"""Takes a manifest's text and its name."""


def _by_text(parse: Callable[[str], Parsed]) -> Parser:
    return lambda source, _: parse(source)


def _requirements(source: str, file: str) -> Parsed:
    return parse_requirements(source, file=file)


_CYCLONEDX = _by_text(parse_cyclonedx)
_NAMES: tuple[tuple[re.Pattern[str], Parser], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), parser)
    for pattern, parser in (
        (r"pyproject\.toml", _by_text(parse_pyproject)),
        (r"poetry\.lock", _by_text(parse_poetry_lock)),
        (r"uv\.lock", _by_text(parse_uv_lock)),
        (r"pdm\.lock", _by_text(parse_pdm_lock)),
        (r"pylock(\.[^.]+)?\.toml", _by_text(parse_pylock)),
        (r"pipfile\.lock", _by_text(parse_pipfile_lock)),
        (r"package\.json", _by_text(parse_package_json)),
        (r"package-lock\.json|npm-shrinkwrap\.json", _by_text(parse_package_lock)),
        (r"yarn\.lock", _by_text(parse_yarn_lock)),
        (r"(.*[-_.])?s?bom([-_.].*)?\.(json|xml)|.*\.(cdx|cyclonedx)\.(json|xml)", _CYCLONEDX),
        (r".*requirements.*\.(txt|in|lock)", _requirements),
    )
)
_BEGINNINGS: tuple[tuple[re.Pattern[str], Parser], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), parser)
    for pattern, parser in (
        (r"\A\s*<", _CYCLONEDX),
        (r'\A\s*\{[^\0]*"lockfileVersion"', _by_text(parse_package_lock)),
        (r'\A\s*\{[^\0]*"(default|develop)"\s*:\s*\{', _by_text(parse_pipfile_lock)),
        (r"\A\s*\{", _CYCLONEDX),
        (r"^\[\[packages\]\]", _by_text(parse_pylock)),
        (r"^\[\[package\]\]", _by_text(parse_poetry_lock)),
        (r"^\[(project|tool|build-system)[.\]]", _by_text(parse_pyproject)),
        (r"^# yarn lockfile", _by_text(parse_yarn_lock)),
    )
)
_BEGINNING_CHARACTERS = 4_000
_REQUIREMENTS_FOLDER = re.compile(r"requirements", re.IGNORECASE)
_REQUIREMENTS_SUFFIXES = frozenset({".txt", ".in"})

KNOWN = (
    "requirements*.txt, *.lock of Poetry, uv, PDM, Pipenv or Yarn, pylock.toml, pyproject.toml, package.json, "
    "package-lock.json, CycloneDX (*.cdx.json, bom.json, bom.xml)"
)
"""The names, for messages."""


def parser_by_name(path: str) -> Parser | None:
    """Return the parser of a file that is called like a manifest; None for every other file."""
    place = PurePosixPath(path)
    for pattern, parser in _NAMES:
        if pattern.fullmatch(place.name):
            return parser
    listed = place.suffix in _REQUIREMENTS_SUFFIXES and _REQUIREMENTS_FOLDER.fullmatch(place.parent.name)
    return _requirements if listed else None


def parser_of(path: str, *, source: str) -> Parser:
    """Return the parser of a file that a person called a manifest, whatever it is called."""
    by_name = parser_by_name(path)
    if by_name is not None:
        return by_name
    beginning = source[:_BEGINNING_CHARACTERS].removeprefix("\ufeff")
    otherwise = _CYCLONEDX if PurePosixPath(path).suffix.lower() == ".json" else _requirements
    return next((parser for pattern, parser in _BEGINNINGS if pattern.search(beginning)), otherwise)
