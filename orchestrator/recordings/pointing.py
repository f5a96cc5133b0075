"""Which settings have a run ask a replay in place of the services that a recording is of."""

from collections.abc import Iterable, Mapping

from orchestrator.recordings.exchange import Exchange

EXPLOITED = "/known_exploited_vulnerabilities.json"
_GITHUB = ("/repos/", "/repositories/", "/advisories", "/rate_limit", "/search/", "/users/", "/orgs/", "/user")
_ENTERPRISE = "/api/v3"
_OSV = ("/v1/query", "/v1/vulns/")
_FEED_WORDS = ("atom", "rss", "/xml")


def settings(exchanges: Iterable[Exchange], *, url: str) -> Mapping[str, str]:
    """Return the settings, by their names in the environment, for what was recorded; ``url`` is where it is played.

    Services are told by their paths, and feeds by what kind of document was answered: the hosts of feeds on this
    machine have to be allowed.
    """
    found: dict[str, str] = {}
    for one in exchanges:
        path = one.key[1]
        bare = path.removeprefix(_ENTERPRISE)
        if bare.startswith(_GITHUB):
            found["LOOKOUT_GITHUB_API_URL"] = url + (_ENTERPRISE if bare != path else "")
        if path.startswith(_OSV):
            found["LOOKOUT_OSV_API_URL"] = url
        if path.endswith(EXPLOITED):
            found["LOOKOUT_KEV_URL"] = url + path
        if path.startswith("/simple/"):
            found["LOOKOUT_PYPI_URL"] = url
        if any(word in one.header("content-type").lower() for word in _FEED_WORDS):
            found["LOOKOUT_SOURCE_PRIVATE_HOSTS"] = url.removeprefix("http://")
    return dict(sorted(found.items()))
