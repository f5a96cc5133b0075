"""One YAML file becomes a watchlist."""

from collections import Counter
from pathlib import Path

import pytest

from agents.contract import Severity, Target, TargetKind
from orchestrator.domain.watchlist import Defaults
from orchestrator.errors import WatchlistError
from orchestrator.planning.costs import costs
from orchestrator.planning.locations import check_paths
from orchestrator.planning.watchlist import load_watchlist, parse_watchlist

EXAMPLE = Path(__file__).parents[3] / "examples" / "watchlist.yaml"

WHOLE = """\
version: 1
name: The whole team
defaults:
  tier: infrastructure
  look: [health, exposure, sentiment]
  max_age: 12h
  options: {since: 2y, depth: 3}
targets:
  - git: clones/flask
    name: Flask
    tier: critical
    look: [health]
    max_age: 30m
    options: {since: 1y, branches: [main, "2.x"]}
  - sbom: ../locks/app.lock
  - advisories: ~/osv
report:
  fail_on: high
"""


def test_a_watchlist_says_what_is_watched_and_how_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a file that uses every key
    monkeypatch.setenv("HOME", "/home/ada")
    # When it is read
    watchlist = parse_watchlist(WHOLE, path=Path("/srv/lists/team.yaml"))
    # Then each target has what it says itself, else the defaults that fit its kind
    assert watchlist.targets == (
        Target(
            kind=TargetKind.GIT,
            location="/srv/lists/clones/flask",
            name="Flask",
            tier="critical",
            look=("health",),
            max_age_seconds=1_800,
            options={"since": "1y", "depth": 3, "branches": ["main", "2.x"]},
        ),
        Target(
            kind=TargetKind.SBOM,
            location="/srv/locks/app.lock",
            tier="infrastructure",
            look=("exposure", "sentiment"),
            max_age_seconds=43_200,
            options={"since": "2y", "depth": 3},
        ),
        Target(
            kind=TargetKind.ADVISORIES,
            location="/home/ada/osv",
            tier="infrastructure",
            max_age_seconds=43_200,
            options={"since": "2y", "depth": 3},
        ),
    )
    # And the list itself has its name, its place, its limit, and the line of each target
    assert watchlist.name == "The whole team"
    assert watchlist.path == Path("/srv/lists/team.yaml")
    assert watchlist.fail_on is Severity.HIGH
    assert watchlist.lines == {
        "git:/srv/lists/clones/flask": 9,
        "sbom:/srv/locks/app.lock": 15,
        "advisories:/home/ada/osv": 16,
    }


def test_the_least_that_a_watchlist_needs_is_one_target() -> None:
    # Given a file of one target
    watchlist = parse_watchlist("targets: [{git: .}]", path=Path("/srv/mine.yaml"))
    # Then it is called after the file, and everything else has its default
    assert watchlist.name == "mine"
    assert watchlist.defaults == Defaults()
    assert watchlist.targets == (Target(kind=TargetKind.GIT, location="/srv"),)
    assert watchlist.fail_on is None


def test_a_watchlist_is_read_from_a_file_with_its_own_folder(tmp_path: Path) -> None:
    # Given a file in some folder, saved with a byte order mark
    file = tmp_path / "w.yaml"
    file.write_text("targets:\n  - git: flask\n  - git: 2024\n  - sbom: on\n", encoding="utf-8-sig")
    # When it is read
    watchlist = load_watchlist(file)
    # Then its places are in that folder, and names that look like numbers are names
    assert [target.location for target in watchlist.targets] == [
        str(tmp_path / name) for name in ("flask", "2024", "on")
    ]


def test_a_relative_file_still_gives_whole_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    watchlist = parse_watchlist("targets: [{sbom: ../lock}]", path=Path("w.yaml"))
    assert watchlist.targets[0].location == str(tmp_path.parent / "lock")
    assert watchlist.path == tmp_path / "w.yaml"


def test_what_several_targets_share_may_be_an_alias() -> None:
    document = "targets:\n  - git: a\n    look: &both [health, exposure]\n  - git: b\n    look: *both\n"
    first, second = parse_watchlist(document, path=Path("/w.yaml")).targets
    assert first.look == second.look == ("health", "exposure")


def test_a_clone_and_a_lock_file_of_one_place_are_two_targets() -> None:
    watchlist = parse_watchlist("targets:\n  - git: a\n  - sbom: a\n", path=Path("/w.yaml"))
    assert [target.id for target in watchlist.targets] == ["git:/a", "sbom:/a"]


def test_more_targets_than_the_limit_are_refused() -> None:
    document = "targets:\n" + "".join(f"  - git: r{number}\n" for number in range(4))
    assert len(parse_watchlist(document, path=Path("w.yaml"), max_targets=4).targets) == 4
    with pytest.raises(WatchlistError, match=r"w.yaml:2:3: targets: holds 4 targets, more than the limit of 3"):
        parse_watchlist(document, path=Path("w.yaml"), max_targets=3)


def test_the_example_is_a_watchlist_whose_places_are_there() -> None:
    # Given the example of the repository
    watchlist = load_watchlist(EXAMPLE)
    kinds = Counter(str(target.kind) for target in watchlist.targets)
    # Then it names real projects and packages, our own lock file, and both services
    assert kinds == {"github": 14, "package": 10, "feed": 1, "sbom": 1, "advisories": 2}
    # And nothing is missing, and all of it fits into an hour without any key
    assert check_paths(watchlist) == ()
    assert all(cost.fits and not cost.first_hours for cost in costs(watchlist, token=False, indexes=frozenset()))
