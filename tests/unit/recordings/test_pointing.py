"""A recording says by what it holds which settings lead a run to it."""

from typing import Any

from orchestrator.recordings.exchange import Exchange
from orchestrator.recordings.pointing import settings

HERE = "http://127.0.0.1:5"


def recorded(path: str, kind: str = "application/json") -> Exchange:
    """Return an exchange."""
    answer: dict[str, Any] = {"status": 200, "headers": {"Content-Type": kind}}
    return Exchange.model_validate(
        {"request": {"method": "GET", "url": f"https://s.example{path}"}, "response": answer}
    )


def test_each_service_that_was_recorded_has_its_setting() -> None:
    exchanges = [
        recorded("/repos/a/b"),
        recorded("/v1/vulns/X-1"),
        recorded("/feeds/known_exploited_vulnerabilities.json"),
        recorded("/simple/x/"),
        recorded("/blog.xml", "application/atom+xml; charset=utf-8"),
    ]
    assert settings(exchanges, url=HERE) == {
        "LOOKOUT_GITHUB_API_URL": HERE,
        "LOOKOUT_KEV_URL": f"{HERE}/feeds/known_exploited_vulnerabilities.json",
        "LOOKOUT_OSV_API_URL": HERE,
        "LOOKOUT_PYPI_URL": HERE,
        "LOOKOUT_SOURCE_PRIVATE_HOSTS": "127.0.0.1:5",
    }


def test_what_was_not_recorded_is_asked_where_it_always_is() -> None:
    assert settings([recorded("/something")], url=HERE) == {}
    assert settings([recorded("/v1/querybatch")], url=HERE) == {"LOOKOUT_OSV_API_URL": HERE}


def test_an_enterprise_server_stays_below_its_path() -> None:
    assert settings([recorded("/api/v3/repos/a/b")], url=HERE) == {"LOOKOUT_GITHUB_API_URL": f"{HERE}/api/v3"}
