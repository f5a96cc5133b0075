"""Requirements files in pip's format: written by hand, or locked by pip-compile and uv.

Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/. A line that is no requirement and no option
is a problem of its own; the rest of the file is read all the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from agents.sources.manifests.dependency import (
    PYPI,
    Dependency,
    Parsed,
    Problem,
    UnreadableError,
    distinct,
    pypi_name,
    scope_of,
)

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_OPTIONS = re.compile(r"\s--?[A-Za-z]")
_INCLUDE = re.compile(r"^(?:-r|--requirement)[=\s]*(?P<path>.+)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)[=\s]*(?P<place>.+)$")
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9][\w.-]*)")
_VIA = re.compile(r"^\s*#\s*via(?:\s+(?P<first>\S.*))?$")
_VIA_MORE = re.compile(r"^\s*#\s{2,}(?P<more>\S.*)$")
_LOCAL = ("./", "../", "/", "file:", "http:", "https:")
_RAW_LIMIT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A logical line: continuations joined, with the comments that follow it."""

    number: int
    text: str
    via: tuple[str, ...] = ()


def parse_requirements(source: str, *, file: str) -> Parsed:
    """Return the requirements, their scope taken from the file's name; includes are named, not followed.

    Raises ``UnreadableError`` where lines should be requirements and none of them is.
    """
    lines = list(_logical(source))
    read = [_read(line, scope=scope_of(file)) for line in lines]
    found = [one for one in read if isinstance(one, Dependency)]
    problems = tuple(one for one in read if isinstance(one, Problem))
    if problems and not found:
        raise UnreadableError(
            f"holds no requirement; its first line that should be one {problems[0].reason}", line=problems[0].line
        )
    if all(one.version for one in found) and not any(line.via for line in lines):
        # Every version given and no word of who asked: it may be a frozen environment.
        found = [replace(one, direct=None) for one in found]
    return Parsed(
        dependencies=distinct(found),
        problems=problems,
        includes=tuple(match["path"].strip("\"' ") for line in lines if (match := _INCLUDE.match(line.text))),
    )


def exact_version(specifiers: SpecifierSet) -> str:
    """Return the only version that the specifiers allow; empty where they allow more, or say nothing."""
    pins = [one for one in specifiers if one.operator in {"==", "==="} and not one.version.endswith(".*")]
    return pins[0].version if len(pins) == 1 else ""


def exact_version_in(written: str) -> str:
    """Return the only version that written specifiers allow; empty where there is none, or they do not parse."""
    try:
        return exact_version(SpecifierSet(written))
    except InvalidSpecifier:
        return ""


def from_requirement(requirement: Requirement, *, scope: str, direct: bool | None) -> Dependency:
    """Return a parsed PEP 508 requirement as a dependency; an address stands in place of the versions."""
    name = pypi_name(requirement.name)
    version = exact_version(requirement.specifier)
    return Dependency(
        ecosystem=PYPI,
        name=name,
        version=version,
        specifier=requirement.url or str(requirement.specifier),
        direct=direct,
        scope=scope,
        purl=f"pkg:pypi/{name}@{version}" if version else f"pkg:pypi/{name}",
        marker=str(requirement.marker or ""),
    )


def _logical(source: str) -> Iterator[_Line]:
    pending, start = "", 0
    current: _Line | None = None
    for number, raw in enumerate(source.removeprefix("\ufeff").splitlines(), start=1):
        if current is not None and raw.lstrip().startswith("#") and not pending:
            current = _with_comment(current, raw)
            continue
        start = start or number
        body = _COMMENT.sub("", raw)
        if body.rstrip().endswith("\\") and body == raw:
            pending += body.rstrip()[:-1] + " "
            continue
        if current is not None:
            yield current
        current = _with_comment(_Line(number=start, text=(pending + body).strip()), raw[len(body) :])
        pending, start = "", 0
    if current is not None:
        yield current
    if pending:
        yield _Line(number=start, text=pending.strip())


def _with_comment(line: _Line, comment: str) -> _Line:
    first = _VIA.match(comment)
    if first is not None:
        return replace(line, via=(*line.via, first["first"] or ""))
    more = _VIA_MORE.match(comment)
    if more is not None and line.via:
        return replace(line, via=(*line.via, more["more"]))
    return line


def _read(line: _Line, *, scope: str) -> Dependency | Problem | None:
    editable = _EDITABLE.match(line.text)
    # Options such as --hash follow the requirement; each starts a word of its own.
    body = editable["place"] if editable else _OPTIONS.split(line.text, maxsplit=1)[0].strip()
    if editable is not None or body.startswith(_LOCAL) or "://" in body.partition("@")[0]:
        return _by_address(body, scope=scope)
    if not body or body.startswith("-"):
        return None
    try:
        requirement = Requirement(body)
    except InvalidRequirement as error:
        reason = f"is no requirement: {str(error).splitlines()[0]}"
        return Problem(line=line.number, reason=reason, raw=line.text[:_RAW_LIMIT])
    return from_requirement(requirement, scope=scope, direct=_direct(line))


def _direct(line: _Line) -> bool:
    said = [via for via in line.via if via]
    # Packages are named bare; a file that asked is "-r requirements.in" or "project (pyproject.toml)".
    asked = any(via.startswith("-") or "(" in via or via.endswith((".in", ".txt", ".toml", ".cfg")) for via in said)
    return asked or not said


def _by_address(address: str, *, scope: str) -> Dependency | None:
    egg = _EGG.search(address)
    if egg is None:
        # A path of the project itself, or an archive: it names no package that anybody else publishes.
        return None
    name = pypi_name(egg["name"])
    return Dependency(
        ecosystem=PYPI, name=name, specifier=address[:_RAW_LIMIT], direct=True, scope=scope, purl=f"pkg:pypi/{name}"
    )
