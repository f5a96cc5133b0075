"""From what a person typed to a trigger."""

from pathlib import Path

import click
import pytest

from agents.contract import TargetKind
from orchestrator.cli.inputs import as_kind, as_target, kind_trigger, monitor_trigger, names_watchlist, read_watchlist
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import WatchlistError


def trigger(kind: str = "request", *targets: str, subject: str = "", text: str = "", key: str = "") -> Trigger:
    """Return the trigger of some words."""
    return kind_trigger(kind, targets=targets, subject=subject, text=text, key=key, look=("health",))


def test_a_watchlist_becomes_a_look_at_all_of_it(watchlist: Path) -> None:
    # Given / When
    made = monitor_trigger(read_watchlist(watchlist), look=("exposure",))
    # Then
    assert made.kind is TriggerKind.MONITOR
    assert (made.subject, made.source, len(made.targets)) == ("mine", "cli", 1)
    assert made.options == {"watchlist": "mine", "look": ["exposure"]}


def test_a_watchlist_whose_target_is_not_there_is_refused_with_its_line(tmp_path: Path) -> None:
    # Given
    path = tmp_path / "w.yaml"
    path.write_text("targets:\n  - git: gone\n")
    # When / Then
    with pytest.raises(WatchlistError, match=r"w\.yaml:2:1: git: .*does not exist"):
        read_watchlist(path)


def test_a_word_with_a_suffix_or_a_file_is_a_watchlist(watchlist: Path) -> None:
    # Given
    watchlist.rename("plain")
    # When / Then
    assert names_watchlist("gone.yml")
    assert names_watchlist("plain")
    assert not names_watchlist("monitor")


def test_a_kind_with_targets_becomes_a_trigger(watchlist: Path, tmp_path: Path) -> None:
    # Given / When
    made = trigger("keyword-spike", "sbom:requirements.txt", subject="s", text="t", key="k")
    # Then
    assert made.kind is TriggerKind.KEYWORD_SPIKE
    assert [target.id for target in made.targets] == [f"sbom:{tmp_path / 'requirements.txt'}"]
    assert (made.subject, made.text, made.key, made.options) == ("s", "t", "k", {"look": ["health"]})


def test_a_kind_that_is_none_is_refused_with_the_nearest_and_all() -> None:
    # Given / When / Then
    with pytest.raises(click.UsageError, match=r"did you mean 'advisory'\? \(kinds: monitor, advisory"):
        as_kind("advisry")
    with pytest.raises(click.UsageError, match=r"kind of trigger \(kinds"):
        as_kind("xyzzy")


@pytest.mark.parametrize("word", ["git", "git:", "svn:x", ":x"])
def test_a_target_that_is_no_kind_and_place_is_refused(word: str) -> None:
    # Given / When / Then
    with pytest.raises(
        click.UsageError, match="is not KIND:PLACE; kinds are git, github, package, sbom, feed, advisories"
    ):
        as_target(word)


def test_an_address_is_refused_as_a_target() -> None:
    # Given / When / Then
    with pytest.raises(click.UsageError, match="is an address"):
        as_target("git:https://example.org/x")


def test_a_target_where_nothing_is_is_refused() -> None:
    # Given / When / Then
    with pytest.raises(click.UsageError, match=r"target git: .*does not exist"):
        trigger("monitor", "git:gone")


@pytest.mark.parametrize("given", [{"subject": "s" * 501}, {"text": "t" * 20_001}, {"key": "k" * 401}])
def test_a_word_that_is_too_long_is_refused_by_its_option(given: dict[str, str]) -> None:
    # Given / When / Then
    with pytest.raises(click.UsageError, match=f"--{next(iter(given))}: .*at most"):
        trigger(**given)


def test_a_path_is_taken_from_the_current_folder(tmp_path: Path) -> None:
    # Given / When
    target = as_target("git:.")
    # Then
    assert (target.kind, target.location) == (TargetKind.GIT, str(tmp_path))
