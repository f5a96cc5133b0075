"""``pyproject.toml``: PEP 621 dependencies, extras, PEP 735 groups, what the build needs, and Poetry's own tables."""

from collections.abc import Iterable, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement

from agents.sources.manifests.dependency import (
    BUILD,
    DEV,
    OPTIONAL,
    PYPI,
    RUNTIME,
    Dependency,
    Parsed,
    Problem,
    distinct,
    excerpt,
    pypi_name,
    rows,
    scope_of,
    table,
    text,
)
from agents.sources.manifests.requirements import from_requirement
from agents.sources.manifests.syntax import toml_table

_RAW_LIMIT = 500

Read = Dependency | Problem


def parse_pyproject(source: str) -> Parsed:
    """Return everything the project asks for, all of it direct; raises ``UnreadableError`` where it is no TOML."""
    document = toml_table(source)
    tools = table(document.get("tool"))
    read = [
        *_project(table(document.get("project"))),
        *_groups(table(document.get("dependency-groups"))),
        *_requirements(rows(table(document.get("build-system")).get("requires")), scope=BUILD),
        *_poetry(table(tools.get("poetry"))),
        *_groups(table(table(tools.get("pdm")).get("dev-dependencies"))),
        *_requirements(rows(table(tools.get("uv")).get("dev-dependencies")), scope=DEV),
    ]
    return Parsed(
        dependencies=distinct(one for one in read if isinstance(one, Dependency)),
        problems=tuple(one for one in read if isinstance(one, Problem)),
    )


def _project(project: Mapping[str, object]) -> Iterator[Read]:
    yield from _requirements(rows(project.get("dependencies")), scope=RUNTIME)
    for extra, wanted in table(project.get("optional-dependencies")).items():
        scope = scope_of(extra)
        yield from _requirements(rows(wanted), scope=OPTIONAL if scope == RUNTIME else scope)


def _groups(groups: Mapping[str, object]) -> Iterator[Read]:
    for wanted in groups.values():
        # A group may include another ({include-group = "test"}), which is read in its own place.
        yield from _requirements((one for one in rows(wanted) if not isinstance(one, dict)), scope=DEV)


def _requirements(wanted: Iterable[object], *, scope: str) -> Iterator[Read]:
    for one in wanted:
        try:
            yield from_requirement(Requirement(text(one)), scope=scope, direct=True)
        except InvalidRequirement as error:
            reason = f"is no requirement: {str(error).splitlines()[0]}"
            yield Problem(reason=reason, raw=excerpt(one))


def _poetry(poetry: Mapping[str, object]) -> Iterator[Dependency]:
    yield from _poetry_table(table(poetry.get("dependencies")), scope=RUNTIME)
    yield from _poetry_table(table(poetry.get("dev-dependencies")), scope=DEV)
    for group in table(poetry.get("group")).values():
        yield from _poetry_table(table(table(group).get("dependencies")), scope=DEV)


def _poetry_table(wanted: Mapping[str, object], *, scope: str) -> Iterator[Dependency]:
    for name, constraint in wanted.items():
        if name.lower() == "python":
            continue
        normal = pypi_name(name)
        detail = table(constraint)
        yield Dependency(
            ecosystem=PYPI,
            name=normal,
            version=_poetry_pin(_constraint(constraint)),
            specifier=_constraint(constraint)[:_RAW_LIMIT],
            direct=True,
            scope=OPTIONAL if detail.get("optional") is True else scope,
            purl=f"pkg:pypi/{normal}",
        )


def _constraint(constraint: object) -> str:
    if isinstance(constraint, str):
        return constraint
    detail = table(constraint)
    return next((text(detail[key]) for key in ("version", "git", "url", "path") if text(detail.get(key))), "")


def _poetry_pin(constraint: str) -> str:
    """Return the one version that Poetry reads in it: a bare version, or one behind ``==``, is exact."""
    bare = constraint.strip().removeprefix("==").strip()
    return bare if bare[:1].isdigit() and not set(bare) & set("*,<>^~| /:") else ""
