"""Places that are on no disk of ours: one spelling however they are pasted, and a remedy for what cannot be."""

from pathlib import Path

import pytest

from agents.contract import TargetKind
from orchestrator.planning.locations import place_of
from orchestrator.planning.outside import feed, package, repository


@pytest.mark.parametrize(
    "words",
    [
        "pallets/flask",
        "Pallets/Flask",
        "github.com/pallets/flask",
        "https://github.com/pallets/flask",
        "https://www.github.com/pallets/flask.git",
        "https://github.com/pallets/flask/issues?q=is%3Aopen",
        "https://github.com/pallets/flask#readme",
        "git@github.com:pallets/flask.git",
        "ssh://git@github.com/pallets/flask.git",
        "git://github.com/pallets/flask/",
    ],
)
def test_a_repository_is_the_same_however_it_is_pasted(words: str) -> None:
    assert repository(words) == "pallets/flask"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("flask", "names no repository; give OWNER/NAME"),
        ("pallets/flask/issues", "names no repository"),
        ("https://github.com/pallets", "names no repository"),
        ("https://gitlab.example/a/b", "address of another service"),
        ("a b/c", r"owner that cannot be \('a b'\)"),
        ("-a/c", "owner that cannot be"),
        (f"{'a' * 40}/c", "owner that cannot be"),
        ("a/..", r"repository that cannot be \('\.\.'\)"),
        ("a/b c", "repository that cannot be"),
        ("a/%2e%2e", "repository that cannot be"),
    ],
)
def test_what_names_no_repository_is_refused_with_the_remedy(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        repository(words)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("pypi/Flask", "pypi/flask"),
        ("PyPI/zope.interface", "pypi/zope-interface"),
        ("pkg:pypi/Ruamel_.YAML", "pypi/ruamel-yaml"),
        ("npm/JSONStream", "npm/JSONStream"),
        ("pkg:npm/%40babel/core", "npm/@babel/core"),
        ("cargo/Serde", "crates.io/Serde"),
        ("golang/github.com/gin-gonic/gin", "go/github.com/gin-gonic/gin"),
        ("maven/org.slf4j:slf4j-api", "maven/org.slf4j:slf4j-api"),
    ],
)
def test_a_package_is_spelled_as_its_ecosystem_does(words: str, place: str) -> None:
    assert package(words) == place


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("flask", "names no package; give ECOSYSTEM/NAME"),
        ("pip/flask", "names no package; give ECOSYSTEM/NAME, such as 'pypi/flask', with one of pypi, npm"),
        ("pypi/", "names no package"),
        ("pypi/flask==2.0", "names a version"),
        ("pkg:pypi/flask@2.0", "names a version"),
        ("npm/@babel/core@7.0.0", "names a version"),
        ("pypi/../x", "cannot be"),
        ("go/a/../b", "cannot be"),
        ("pypi/a b", "cannot be"),
        (f"pypi/{'a' * 300}", "cannot be"),
    ],
)
def test_what_names_no_package_is_refused_with_the_remedy(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        package(words)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("https://Example.org/Feed.xml?a=B#top", "https://example.org/Feed.xml?a=B"),
        ("HTTPS://example.org", "https://example.org/"),
        ("http://127.0.0.1:8000/feed", "http://127.0.0.1:8000/feed"),
        ("https://[::1]:8443/feed", "https://[::1]:8443/feed"),
    ],
)
def test_a_feed_is_its_address(words: str, place: str) -> None:
    assert feed(words) == place


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("example.org/feed", "is no address of the web"),
        ("file:///etc/passwd", "is no address of the web"),
        ("https://", "is no address of the web"),
        ("https://a b/feed", "is no address of the web"),
        ("https://[::1/feed", "is no address;"),
        ("https://example.org:port/", "is no address;"),
        ("https://ada:secret@example.org/", "holds a user's name or a password"),
    ],
)
def test_what_is_no_feeds_address_is_refused_with_the_remedy(words: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        feed(words)


def test_advisories_are_a_folder_or_a_service_and_never_one_by_accident(tmp_path: Path) -> None:
    # Given a folder without anything called like a service
    assert place_of(TargetKind.ADVISORIES, "osv", folder=tmp_path) == "osv"
    assert place_of(TargetKind.ADVISORIES, "kev", folder=tmp_path) == "kev"
    assert place_of(TargetKind.ADVISORIES, "./osv", folder=tmp_path) == str(tmp_path / "osv")
    # When there is such a folder
    (tmp_path / "osv").mkdir()
    # Then what is meant must be said: nothing is told to a service by mistake
    with pytest.raises(ValueError, match=r"is both a service and a folder here; write '\./osv'"):
        place_of(TargetKind.ADVISORIES, "osv", folder=tmp_path)
