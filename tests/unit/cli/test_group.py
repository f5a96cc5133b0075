"""The command line itself: what it lists, what it suggests, and how it ends."""

import click
import pytest
from support.commands import Lookout

from orchestrator.cli.group import COMMANDS, cli


def test_help_lists_every_command_with_what_it_does(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("--help")
    # Then
    assert answer.code == 0
    assert [name for name in COMMANDS if f"\n  {name} " in answer.out] == list(COMMANDS)
    assert "130 interrupted" in " ".join(answer.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_examples(name: str, lookout: Lookout) -> None:
    # Given / When
    answer = lookout(name, "--help")
    # Then
    assert answer.code == 0
    assert f"Usage: lookout {name}" in answer.out
    assert f"lookout {name}" in answer.out.partition("Examples:")[2] or name in {"runs", "actions", "dead"}


def test_groups_list_their_own_commands() -> None:
    # Given
    context = click.Context(cli)
    # When
    names = {
        name: set(getattr(cli.get_command(context, name), "commands", ()))
        for name in ("runs", "schedules", "approvals")
    }
    # Then
    assert names["runs"] == {"list", "show", "change", "pause", "resume", "cancel", "rerun", "diff"}
    assert names["approvals"] == {"list", "show", "approve", "reject", "answer"}
    assert names["schedules"] == {"list", "watch", "pause", "resume", "remove", "run", "set"}


def test_what_becomes_of_the_next_time_of_a_schedule_that_is_run_by_hand_is_told_as_it_is(lookout: Lookout) -> None:
    # Given / When
    told = " ".join(lookout("schedules", "run", "--help").out.split())
    # Then only what is looked at by age counts from now (test_turns.py shows that it does)
    assert "looked at by age is next looked at that age from now" in told
    assert "Times of the clock keep their next time" in told
    assert "catches up with all" in told


def test_a_command_that_is_none_is_refused_with_the_nearest(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("docter")
    # Then
    assert answer.code == 2
    assert "Did you mean 'doctor'?" in answer.err
    assert answer.out == ""


def test_a_command_like_no_other_is_refused_without_a_guess(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("xyzzy")
    # Then
    assert answer.code == 2
    assert "Did you mean" not in answer.err
    assert "`lookout --help` lists them" in answer.err


def test_no_command_at_all_shows_the_help_and_is_wrong_usage(lookout: Lookout) -> None:
    # Given / When
    answer = lookout()
    # Then
    assert answer.code == 2
    assert "Usage: lookout" in answer.err


def test_a_name_that_is_no_command_has_none() -> None:
    # Given / When / Then
    assert cli.get_command(click.Context(cli), "nope") is None


def test_the_version_is_the_packages(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("--version")
    # Then
    assert answer.code == 0
    assert "0." in answer.out


def test_an_option_that_is_none_is_wrong_usage(lookout: Lookout) -> None:
    # Given / When
    answer = lookout("plan", "--nope")
    # Then
    assert answer.code == 2
    assert "--nope" in answer.err


def test_wrong_settings_are_told_before_anything_is_done(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    monkeypatch.setenv("LOOKOUT_LEASE_SECONDS", "-1")
    # When
    answer = lookout("runs", "list")
    # Then
    assert answer.code == 2
    assert "LOOKOUT_LEASE_SECONDS" in answer.err
    assert answer.err.startswith("lookout: ")


def test_an_interrupted_command_says_so(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestrator.settings.get_settings", interrupt)
    # When
    answer = lookout("settings")
    # Then
    assert answer.code == 130
    assert "interrupted" in answer.err


def test_a_reader_that_went_away_is_no_trouble_of_ours(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("orchestrator.settings.provenance", broken)
    # When / Then
    with pytest.raises(BrokenPipeError):
        lookout("settings")
