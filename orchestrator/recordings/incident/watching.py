"""What watches the incident: a watchlist and a lock file, for a replay that stands at an address; and its settings."""

from collections.abc import Mapping

from orchestrator.recordings.incident.cast import FERRYWHEEL, INKBARROW, LAMPWRIGHT, MOSSGATE
from orchestrator.recordings.incident.play import BLOG
from orchestrator.recordings.incident.worm import BAD
from orchestrator.recordings.pointing import EXPLOITED

PORT = 8917
"""Where ``lookout replay`` stands unless it is told otherwise, so that a watchlist can name its feeds."""
LOCK = "requirements.lock"
NAME = "the ferrywheel worm (a replay)"
_PINNED = {
    "ferrywheel-example": BAD,
    "inkbarrow-example": "0.18.3",
    "lampwright-example": "5.2.0",
    "mossgate-example": "1.6.2",
}
_CLOSELY = {"tier": "critical", "max_age": "1h"}
_CRITICAL = {"tier": "critical"}


def lock_file() -> str:
    """Return the lock file of a team that took the bad version."""
    return "".join(f"{name}=={version}\n" for name, version in _PINNED.items())


def watchlist(url: str) -> dict[str, object]:
    """Return a watchlist, as its file holds it beside the lock file; ``url`` is where the replay stands."""
    return {
        "version": 1,
        "name": NAME,
        "defaults": {"tier": "tools", "max_age": "1d", "options": {"max_advisories": 100}},
        "targets": [
            {"github": FERRYWHEEL, **_CLOSELY},
            {"github": INKBARROW, **_CLOSELY},
            {"github": LAMPWRIGHT, "tier": "tech_stack"},
            {"github": MOSSGATE},
            {"package": "pypi/ferrywheel-example", **_CRITICAL},
            {"package": "pypi/inkbarrow-example", **_CRITICAL},
            {"feed": f"{url}/{FERRYWHEEL}/releases.atom", "name": "ferrywheel's releases", **_CRITICAL},
            {"feed": f"{url}{BLOG}", "name": "Quillmoor's blog"},
            {"sbom": LOCK, "name": "what our service runs on", **_CRITICAL},
            {"advisories": "osv"},
            {"advisories": "kev"},
        ],
    }


def settings(url: str) -> Mapping[str, str]:
    """Return the settings, by their names in the environment, that have a run ask the replay at ``url``."""
    return {
        "LOOKOUT_GITHUB_API_URL": url,
        "LOOKOUT_KEV_URL": url + EXPLOITED,
        "LOOKOUT_OSV_API_URL": url,
        "LOOKOUT_PYPI_URL": url,
        "LOOKOUT_SOURCE_PRIVATE_HOSTS": url.removeprefix("http://"),
    }
