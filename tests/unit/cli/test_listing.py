"""``lookout watchlist`` and ``lookout watch``: what is right, what is added, what it costs, what a project uses."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from support.services import Heard, Said, service

from orchestrator.cli import listing, surveying
from orchestrator.errors import WatchlistError
from orchestrator.planning.watchlist import load_watchlist
from orchestrator.settings import get_settings

TWO = "targets:\n  - github: a/b\n  - feed: {feed}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def test_a_watchlist_that_is_right_is_said_to_be(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a watchlist
    (here / "w.yaml").write_text("targets:\n  - github: a/b\n  - package: pypi/flask\n")
    # When it is checked
    listing.check(Path("w.yaml"), online=False, as_json=False)
    listing.check(Path("w.yaml"), online=False, as_json=True)
    # Then it is said what it comes to, for people and for programs
    words, _, document = capsys.readouterr().out.partition("\n")
    assert words == "w.yaml: 2 targets, 5 steps at each look"
    assert json.loads(document)["targets"] == 2


def test_a_target_is_added_to_a_file_that_need_not_be_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given no watchlist, When two are added
    listing.add(Path("w.yaml"), "https://github.com/A/B", said={"tier": "critical"})
    listing.add(Path("w.yaml"), "package:pypi/flask", said={})
    # Then both stand there
    found = load_watchlist(Path("w.yaml"))
    assert [(target.id, target.tier) for target in found.targets] == [
        ("github:a/b", "critical"),
        ("package:pypi/flask", "tools"),
    ]
    assert capsys.readouterr().out.splitlines()[-1] == "w.yaml: package:pypi/flask added, 2 targets now"


@pytest.mark.parametrize(
    ("word", "error"), [("what is this", click.UsageError), ("git:nowhere", WatchlistError), ("a/b", WatchlistError)]
)
def test_what_cannot_be_added_leaves_the_file_as_it_is(word: str, error: type[Exception], here: Path) -> None:
    # Given a watchlist that has one target already
    file = here / "w.yaml"
    file.write_text("targets:\n  - github: a/b\n")
    # When something is added that is nothing, is not there, or is there already
    with pytest.raises(error):
        listing.add(Path("w.yaml"), word, said={})
    # Then nothing was written
    assert file.read_text() == "targets:\n  - github: a/b\n"
    assert [path.name for path in here.iterdir()] == ["w.yaml"]


def test_a_link_and_a_mode_stay_and_a_file_that_may_not_be_written_is_let_be(here: Path) -> None:
    # Given a private watchlist, a link to it, and one that is kept from being written
    file, link, kept = here / "real.yaml", here / "w.yaml", here / "kept.yaml"
    for one in (file, kept):
        one.write_text("targets:\n  - github: a/b\n")
    file.chmod(0o600)
    kept.chmod(0o400)
    link.symlink_to("real.yaml")
    # When a target is added through the link, and to the other
    listing.add(link, "a/c", said={})
    with pytest.raises(WatchlistError, match="may not be written"):
        listing.add(kept, "a/c", said={})
    # Then the file itself has it, with its mode, and the link is one
    assert len(load_watchlist(file).targets) == 2
    assert (file.stat().st_mode & 0o777, link.is_symlink()) == (0o600, True)
    assert len(load_watchlist(kept).targets) == 1


def test_an_edit_of_somebody_else_is_not_lost(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given somebody who writes the file while a target is added
    file = here / "w.yaml"
    file.write_text("targets:\n  - github: a/b\n")

    def meanwhile(_watchlist: object) -> tuple[()]:
        file.write_text("targets:\n  - github: x/y\n")
        return ()

    monkeypatch.setattr(listing, "check_paths", meanwhile)
    # When it is added, then it is refused, and theirs stays
    with pytest.raises(WatchlistError, match="somebody else has just changed it"):
        listing.add(file, "a/c", said={})
    assert file.read_text() == "targets:\n  - github: x/y\n"


def test_the_cost_is_told_with_what_to_do(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more repositories than an hour without a token has room for
    entries = "".join(f"  - github: a/r{number}\n" for number in range(40))
    (here / "w.yaml").write_text(f"targets:\n{entries}  - package: pypi/x\n  - advisories: osv\n")
    # When its cost is asked for, without a token and with one
    listing.cost(Path("w.yaml"), as_json=False)
    poor = capsys.readouterr().out.splitlines()
    monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
    monkeypatch.setenv("LOOKOUT_PYPI_URL", "https://index.example")
    get_settings.cache_clear()
    listing.cost(Path("w.yaml"), as_json=False)
    rich = capsys.readouterr().out.splitlines()
    listing.cost(Path("w.yaml"), as_json=True)
    told = json.loads(capsys.readouterr().out)
    # Then each says whether it fits
    assert poor[0] == (
        "github\t40\t160\t160\t160\t160\t60\ttoo much: looks wait for the limit; set GITHUB_TOKEN, or raise max_age"
    )
    assert rich[0] == "github\t40\t1,400\t200\t200\t200\t5,000\tfits"
    assert [one["service"] for one in told] == ["github", "osv", "pypi index"]
    assert all(one["fits"] for one in told)


def test_a_first_look_that_takes_hours_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "w.yaml").write_text("targets:\n  - {github: a/b, options: {max_commits: 10000}}\n")
    listing.cost(Path("w.yaml"), as_json=False)
    assert capsys.readouterr().out.endswith("fits; the first look takes about 2 hours\n")


def test_nothing_outside_costs_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "requirements.txt").write_text("flask==3.0.0\n")
    (here / "w.yaml").write_text("targets:\n  - sbom: requirements.txt\n")
    listing.cost(Path("w.yaml"), as_json=True)
    assert json.loads(capsys.readouterr().out) == []


def online(here: Path, monkeypatch: pytest.MonkeyPatch, *, url: str) -> None:
    """Check a watchlist of a repository and a feed against a service of our own."""
    monkeypatch.setenv("LOOKOUT_GITHUB_API_URL", url)
    monkeypatch.setenv("LOOKOUT_SOURCE_PRIVATE_HOSTS", url.removeprefix("http://"))
    get_settings.cache_clear()
    (here / "w.yaml").write_text(TWO.format(feed=f"{url}/feed.xml"))
    listing.check(Path("w.yaml"), online=True, as_json=False)


def test_what_is_there_is_found_online(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with service(lambda _: Said(200, b'{"full_name": "a/b"}')) as known:
        online(here, monkeypatch, url=known.url)
    assert [heard.path for heard in known.heard] == ["/repos/a/b", "/feed.xml"]
    assert capsys.readouterr().out == "w.yaml: 2 targets, 5 steps at each look\n"


def test_what_is_not_there_is_told_with_its_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a service that has moved the repository for good, and knows no such feed
    def script(heard: Heard) -> Said:
        if heard.path == "/repos/a/b":
            return Said(301, headers={"location": "/repositories/7"})
        return Said(200, b'{"full_name": "c/d"}') if heard.path == "/repositories/7" else Said(404)

    with service(script) as known, pytest.raises(WatchlistError) as caught:
        online(here, monkeypatch, url=known.url)
    # Then both are told, with what to do
    first, second = caught.value.problems
    assert first.endswith("w.yaml:2:1: github: a/b: is called c/d now; name it so")
    assert "w.yaml:3:1: feed: http://127.0.0.1" in second
    assert "404" in second


def test_a_watchlist_is_made_from_what_a_project_uses(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a project with a clone, a declaration and a lock file
    project = here / "shop"
    (project / ".git").mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["Flask>=3", "zope.interface"]\n')
    (project / "requirements.lock").write_text("flask==3.0.0\nclick==8.1.0\n")
    # When a watchlist is asked for
    surveying.survey(project, output=Path("w.yaml"), packages=True, offline=False)
    # Then it can be read, and names what the project itself asks for
    found = load_watchlist(Path("w.yaml"))
    assert [target.id for target in found.targets] == [
        f"git:{project}",
        "package:pypi/flask",
        "package:pypi/zope-interface",
        "advisories:osv",
        "advisories:kev",
    ]
    assert "w.yaml written" in capsys.readouterr().err


def test_without_a_clone_the_lock_files_are_watched_and_nobody_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "requirements.lock").write_text("flask==3.0.0\n")
    surveying.survey(here, output=None, packages=False, offline=True)
    assert capsys.readouterr().out.endswith("targets:\n  - sbom: .\n    tier: critical\n")


def test_an_empty_folder_and_a_file_that_is_there_are_refused(here: Path) -> None:
    with pytest.raises(WatchlistError, match="neither a git clone nor a lock file is there"):
        surveying.survey(here, output=None, packages=False, offline=False)
    (here / "w.yaml").touch()
    with pytest.raises(click.UsageError, match="is there already"):
        surveying.survey(here, output=Path("w.yaml"), packages=False, offline=False)


def test_names_that_are_no_packages_and_too_many_are_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a project that names very many packages
    names = ", ".join(f'"p{number}"' for number in range(201))
    (here / "pyproject.toml").write_text(f'[project]\nname = "x"\ndependencies = [{names}]\n')
    # When a watchlist is made
    surveying.survey(here, output=None, packages=True, offline=True)
    # Then it has as many as it may, and says so
    captured = capsys.readouterr()
    assert captured.out.count("package:") == 200
    assert "201 packages are named; the first 200 are watched one by one" in captured.err
