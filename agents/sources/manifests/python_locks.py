"""Lock files of Python's package managers: Poetry, uv, PDM, Pipenv, and PEP 751's ``pylock.toml``.

All but Pipenv's are TOML with one table a package. Packages that lie in the project's own folders are left out: nobody
publishes advisories for them.
"""

from collections.abc import Callable, Iterator, Mapping

from agents.sources.manifests.dependency import (
    DEV,
    OPTIONAL,
    PYPI,
    RUNTIME,
    Dependency,
    Parsed,
    Problem,
    UnreadableError,
    distinct,
    excerpt,
    pypi_name,
    rows,
    table,
    text,
)
from agents.sources.manifests.requirements import exact_version_in
from agents.sources.manifests.syntax import json_object, toml_table

_OWN = ("virtual", "editable", "directory")
"""Keys of a uv or pylock source that stand for a folder of the project."""

Direct = Callable[[str], bool | None]
Package = Mapping[str, object]


def parse_poetry_lock(source: str) -> Parsed:
    """Return Poetry's packages; which are direct is told by ``pyproject.toml`` alone."""
    packages = [
        one for one in _packages(source, key="package") if text(table(one.get("source")).get("type")) not in _OWN
    ]
    return _parsed(packages, scope=_poetry_scope)


def parse_uv_lock(source: str) -> Parsed:
    """Return uv's packages; direct are those that the project's own packages name."""
    packages = _packages(source, key="package")
    own = [one for one in packages if _is_own(table(one.get("source")))]
    wanted = {name: scope for one in own for name, scope in _uv_wants(one)}
    return _parsed(
        [one for one in packages if not _is_own(table(one.get("source")))],
        scope=lambda one: wanted.get(pypi_name(text(one.get("name"))), RUNTIME),
        direct=(lambda name: name in wanted) if own else None,
    )


def parse_pdm_lock(source: str) -> Parsed:
    """Return PDM's packages."""
    packages = [one for one in _packages(source, key="package") if not text(one.get("path"))]
    return _parsed(packages, scope=_pdm_scope)


def parse_pylock(source: str) -> Parsed:
    """Return the packages of a PEP 751 lock."""
    packages = [one for one in _packages(source, key="packages") if not _is_own(one)]
    return _parsed(packages, scope=lambda _: RUNTIME)


def parse_pipfile_lock(source: str) -> Parsed:
    """Return Pipenv's packages: sections ``default`` and ``develop`` of one JSON object."""
    document = json_object(source)
    if not {"default", "develop"} & document.keys():
        raise UnreadableError("has neither a section default nor develop: it is no Pipfile.lock")
    found: list[Dependency] = []
    for section, scope in (("default", RUNTIME), ("develop", DEV)):
        for name, about in table(document.get(section)).items():
            specifier = text(table(about).get("version"))
            found.append(_dependency(name, version=exact_version_in(specifier), specifier=specifier, scope=scope))
    return Parsed(dependencies=distinct(found))


def _packages(source: str, *, key: str) -> list[Package]:
    document = toml_table(source)
    if key not in document and not {"metadata", "version", "lock-version"} & document.keys():
        raise UnreadableError(f"has no table {key}: it is no lock file of this kind")
    return [table(one) for one in rows(document.get(key))]


def _parsed(packages: list[Package], *, scope: Callable[[Package], str], direct: Direct | None = None) -> Parsed:
    found: list[Dependency] = []
    problems: list[Problem] = []
    for one in packages:
        name, version = text(one.get("name")), text(one.get("version"))
        if not name:
            problems.append(Problem(reason="a package without a name", raw=excerpt(one)))
            continue
        known = None if direct is None else direct(pypi_name(name))
        found.append(_dependency(name, version=version, specifier="", scope=scope(one), direct=known))
    return Parsed(dependencies=distinct(found), problems=tuple(problems))


def _dependency(name: str, *, version: str, specifier: str, scope: str, direct: bool | None = None) -> Dependency:
    normal = pypi_name(name)
    return Dependency(
        ecosystem=PYPI,
        name=normal,
        version=version,
        specifier=specifier or (f"=={version}" if version else ""),
        direct=direct,
        scope=scope,
        purl=f"pkg:pypi/{normal}@{version}" if version else f"pkg:pypi/{normal}",
    )


def _is_own(source: Mapping[str, object]) -> bool:
    return any(key in source for key in _OWN)


def _uv_wants(package: Package) -> Iterator[tuple[str, str]]:
    """Yield what the project's own package asks for, what is needed at run time last, so that it counts."""
    for group in table(package.get("dev-dependencies")).values():
        yield from _uv_names(group, scope=DEV)
    for group in table(package.get("optional-dependencies")).values():
        yield from _uv_names(group, scope=OPTIONAL)
    yield from _uv_names(package.get("dependencies"), scope=RUNTIME)


def _uv_names(group: object, *, scope: str) -> Iterator[tuple[str, str]]:
    for one in rows(group):
        yield pypi_name(text(table(one).get("name"))), scope


def _poetry_scope(package: Package) -> str:
    groups = package.get("groups") or [package.get("category") or "main"]
    if isinstance(groups, list) and "main" not in groups:
        return DEV
    return OPTIONAL if package.get("optional") is True else RUNTIME


def _pdm_scope(package: Package) -> str:
    groups = rows(package.get("groups"))
    return RUNTIME if not groups or "default" in groups else DEV
