"""Outside services as settings name them: tokens go where they belong, and nowhere else."""

import pytest

from agents.sources.http.access import Access
from agents.sources.http.page import NoShelf
from agents.sources.http.site import Site
from orchestrator.errors import SettingsError
from orchestrator.settings import load_settings
from orchestrator.settings.services import hosts
from orchestrator.sources import access


def sites(**given: object) -> dict[str, Site]:
    """Return the sites by name, as settings give them."""
    return {site.name: site for site in opened(**given).sites}


def opened(**given: object) -> Access:
    return access(load_settings(**given), shelf=NoShelf())


def test_without_any_setting_the_public_services_are_known_and_no_package_index() -> None:
    assert set(sites()) == {"github", "osv", "kev"}
    assert sites()["github"].base == "https://api.github.com"
    assert "authorization" not in sites()["github"].headers


def test_a_token_goes_to_github_alone() -> None:
    # Given a token, read with its line's end
    known = sites(github_token="t0ken\n", pypi_url="https://index.example/")
    # Then GitHub alone is told it
    assert known["github"].headers["authorization"] == "Bearer t0ken"
    assert all("authorization" not in site.headers for name, site in known.items() if name != "github")
    assert known["index:pypi"].base == "https://index.example"
    assert "t0ken" not in repr(known)


def test_a_server_without_tls_never_sees_the_token() -> None:
    assert "authorization" not in sites(github_token="t0ken", github_api_url="http://127.0.0.1:8000")["github"].headers


def test_a_token_is_taken_from_the_environment_as_everybody_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    assert sites()["github"].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("api.github.com", "write it as https://HOST"),
        ("ftp://example.org", "write it as https://HOST"),
        ("https://[::1", "it is no address"),
        ("https://ada:pass@example.org", "leave users, passwords"),
        ("https://example.org/?a=1", "leave users, passwords"),
        ("http://example.org", "plain http to example.org"),
        ("http://10.0.0.1", "plain http"),
    ],
)
def test_an_address_that_cannot_be_is_refused_with_the_remedy(address: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load_settings(osv_api_url=address)


@pytest.mark.parametrize(
    "address", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://a.example/b"]
)
def test_plain_http_is_for_this_machine(address: str) -> None:
    assert load_settings(osv_api_url=address + "/").osv_api_url == address


def test_hosts_without_a_port_stand_for_both_of_the_webs() -> None:
    assert hosts("A.example, [::1]:80 b.example:8080") == {
        "a.example:443",
        "a.example:80",
        "[::1]:80",
        "b.example:8080",
    }
    assert opened(source_private_hosts="b.example:8080").private == {"b.example:8080"}


@pytest.mark.parametrize("text", ["https://a.example", "a.example/b", "u@a.example", ":80"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no host"):
        load_settings(source_private_hosts=text)
