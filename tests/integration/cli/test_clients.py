"""Commands that others serve: hand over, wait, look, cancel, do again."""

import json
import signal
from pathlib import Path

import pytest
from support.commands import Lookout
from support.stages import Stage, Worker

from orchestrator.cli import passing


def test_a_run_that_nobody_serves_is_accepted_and_says_what_to_start(
    watchlist: Path, lookout: Lookout, stage: Stage
) -> None:
    # Given / When
    answer = lookout("run", str(watchlist))
    # Then
    assert answer.code == 0
    assert stage.one("SELECT id::text FROM runs") == answer.out.strip()
    assert "no worker serves data_manager, github, reporting, security: start `lookout up`" in answer.err
    assert "celery -A orchestrator worker --pool=threads --queues=data_manager" in answer.err


def test_interrupted_while_it_waits_for_others_the_run_goes_on(
    watchlist: Path, lookout: Lookout, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    def interrupt(*_: object) -> list[str]:
        signal.raise_signal(signal.SIGINT)
        return []

    monkeypatch.setattr(passing, "say_unserved", interrupt)
    # When
    answer = lookout("run", str(watchlist), "--wait", "--json")
    # Then
    assert answer.code == 130
    assert answer.out == ""
    assert "goes on; `lookout runs show" in answer.err
    assert stage.one("SELECT state FROM runs") == "running"


def test_a_run_is_waited_for_shown_reported_and_done_again(
    watchlist: Path, lookout: Lookout, worker: Worker, tmp_path: Path
) -> None:
    # Given
    done = lookout("run", str(watchlist), "--json", "--output", "out")
    outcome = json.loads(done.out)
    # When
    listed = lookout("runs", "list", "--json", "--state", outcome["state"])
    shown = lookout("runs", "show", outcome["run_id"][:13])
    shown_json = lookout("runs", "show", "--json")
    report = lookout("report")
    written = lookout("report", outcome["run_id"], "--format", "html", "-o", "again.html")
    again = lookout("runs", "rerun", "latest", "--wait")
    shown_again = lookout("runs", "show")
    strict = lookout("run", str(watchlist), "--fail-on", "info")
    # Then
    assert done.code == 0
    assert outcome["state"] == "succeeded"
    assert outcome["subject"] == "mine"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json", "report.md"]
    assert [row["id"] for row in json.loads(listed.out)] == [outcome["run_id"]]
    assert "✓ succeeded" in shown.out
    assert json.loads(shown_json.out)["plan"]["targets"][0]["location"] == str(tmp_path / "small")
    assert report.out == (tmp_path / "out" / "report.md").read_text()
    assert written.code == 0
    assert (tmp_path / "again.html").read_text() == (tmp_path / "out" / "report.html").read_text()
    assert again.code == 0
    assert "report: ✓ succeeded" in again.err
    assert f"rerun of: {outcome['run_id']}" in shown_again.out
    assert strict.code == 4


def test_a_trigger_sent_twice_with_one_key_is_one_run(watchlist: Path, lookout: Lookout, stage: Stage) -> None:
    # Given
    words = ("trigger", "request", "git:small", "--text", "is it alive?", "--key", "mine")
    first = lookout(*words)
    # When
    second = lookout(*words, "--json")
    # Then
    assert first.code == second.code == 0
    told = json.loads(second.out)
    assert (told["run_id"], told["fresh"], told["state"]) == (first.out.strip(), False, "running")
    assert "was accepted before" in second.err
    assert stage.one("SELECT count(*) FROM runs") == 1


def test_a_run_is_cancelled_once(watchlist: Path, lookout: Lookout) -> None:
    # Given
    run = lookout("run", str(watchlist)).out.strip()
    # When
    first = lookout("runs", "cancel", run[:13], "--why", "wrong list")
    second = lookout("runs", "cancel", run)
    # Then
    assert first.code == 0
    assert second.code == 1
    assert "has ended already" in second.err
    assert "reason: wrong list" in lookout("runs", "show", run).out


def test_a_run_that_made_no_report_says_so(watchlist: Path, lookout: Lookout) -> None:
    # Given
    lookout("run", str(watchlist))
    # When
    answer = lookout("report")
    # Then
    assert answer.code == 1
    assert "made no report" in answer.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("runs", "show"), "there are no runs yet"),
        (("runs", "show", "0123"), "is not known"),
        (("report", "no id"), "is no id"),
        (("schedules", "pause", "mine/1d"), "no schedule is called 'mine/1d'"),
        (("schedules", "run", "mine/1d", "--wait"), "no schedule is called"),
        (("trigger", "advisory", "git:small"), "subject"),
    ],
)
def test_what_is_not_there_is_bad_input(
    words: tuple[str, ...], expected: str, watchlist: Path, lookout: Lookout, stage: Stage
) -> None:
    # Given / When
    answer = lookout(*words)
    # Then
    assert answer.code == 2
    assert expected in answer.err
    assert answer.out == ""
    assert stage.one("SELECT count(*) FROM runs") == 0


def test_schedules_are_watched_fired_paused_resumed_and_removed(watchlist: Path, lookout: Lookout) -> None:
    # Given
    watched = lookout("schedules", "watch", str(watchlist))
    name = watched.out.split(":")[0]
    # When
    paused = lookout("schedules", "pause", name)
    listed_paused = lookout("schedules")
    resumed = lookout("schedules", "resume", name)
    fired = lookout("schedules", "run", name)
    again = lookout("schedules", "run", name, "--json")
    listed = json.loads(lookout("schedules", "list", "--json").out)
    removed = lookout("schedules", "remove", name)
    # Then
    assert name == "mine/1d"
    assert [each.code for each in (watched, paused, resumed, fired, again, removed)] == [0] * 6
    assert "\tpaused\t" in listed_paused.out
    assert json.loads(again.out) == {"run_id": fired.out.strip(), "state": "running", "fresh": False}
    assert (listed[0]["name"], listed[0]["last_run"]) == (name, fired.out.strip())
    assert lookout("schedules").out == ""


def test_the_schema_is_brought_up_to_date_and_checked(
    lookout: Lookout, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given
    monkeypatch.setenv("LOOKOUT_OWNER_DATABASE_URL", stage.addresses.owner_database_url)
    # When
    migrated = lookout("migrate")
    # Then
    assert "as this code wants it" in migrated.out
    assert migrated.code == 1  # the tests' own table of effects is no table of ours
    assert "effects" in migrated.out
    assert "the tables are not what this code wants" in migrated.err
