"""Which part of a worker a stack belongs to: that of the innermost frame whose file is known."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

AREAS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "database client": ("/psycopg/", "/sqlalchemy/"),
        "broker client": ("/redis/",),
        "celery and kombu": ("/celery/", "/kombu/", "/billiard/", "/vine/"),
        "validation": ("/pydantic/", "/pydantic_core/"),
        "json": ("/json/",),
        "logging": ("/structlog/", "/logging/"),
        "agents": ("/agents/", "/benchmarks/"),
        "ledger": ("/orchestrator/", "/tasks/"),
    }
)
OTHER = "other"


def area_of(files: Iterable[str]) -> str:
    """Return the area of a stack, given its source files, the innermost first; ``other`` where none is known.

    The standard library counts for whoever called it, but for ``json``.
    """
    return next((area for file in files if (area := _area(file))), OTHER)


def _area(file: str) -> str:
    return next((area for area, parts in AREAS.items() if any(part in file for part in parts)), "")
