"""Outside services as the settings name them: where each is, what goes with a request, and what may be read at all."""

from agents.sources.http.access import Access
from agents.sources.http.page import Shelf
from agents.sources.http.site import Site
from orchestrator.settings import Settings
from orchestrator.settings.services import hosts

_MEGABYTE = 1_000_000
_GITHUB_VERSION = "2022-11-28"


def access(settings: Settings, *, shelf: Shelf) -> Access:
    """Return how a step comes to outside services; ``shelf`` keeps what need not be sent again."""
    given = {
        "osv": settings.osv_api_url,
        "kev": settings.kev_url,
        "index:pypi": settings.pypi_url,
        "index:npm": settings.npm_url,
    }
    return Access(
        sites=(_github(settings), *(Site(name, base) for name, base in given.items() if base)),
        private=hosts(settings.source_private_hosts),
        shelf=shelf,
        seconds=settings.source_seconds,
        bytes=settings.source_megabytes * _MEGABYTE,
    )


def _github(settings: Settings) -> Site:
    """Return GitHub. A token goes over TLS alone: a server on loopback that plays recordings never sees it."""
    headers = {"x-github-api-version": _GITHUB_VERSION}
    if settings.github_token is not None and settings.github_api_url.startswith("https://"):
        headers["authorization"] = f"Bearer {settings.github_token.get_secret_value().strip()}"
    return Site("github", settings.github_api_url, headers)
