"""`lookout actions`, and the task that does what is due, on the composition root's own parts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from support.commands import Lookout, in_process, logs_restored
from support.responses import TARGET, Ended, Receiver, finding
from support.stages import Stage
from support.timetables import listed

from orchestrator import wiring
from orchestrator.cli.terminal import notes, screen
from orchestrator.domain.responses import Change, Rule, Webhook
from orchestrator.scheduling.schedules import watch
from orchestrator.settings import get_settings
from tasks.responses import act

CLOSER = Rule(name="closer", then=Change(max_age_seconds=3_600), dry_run=False)


@pytest.fixture
def lookout(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Iterator[Lookout]:
    for forget in (notes, screen):
        forget.cache_clear()
    with logs_restored():
        yield in_process(capsys)


def test_a_change_is_listed_shown_undone_and_audited(stage: Stage, ended: Ended, lookout: Lookout) -> None:
    # Given a target that an action changed
    with stage.engine.begin() as conn:
        watch(conn, listed(TARGET), jitter=0)
    run = ended.run(CLOSER, found=(finding(),))
    wiring.responder().tend(stage.engine)
    assert act() == 1
    # When it is listed, then a script and a person can read it
    (line,) = json.loads(lookout("actions", "list", "--json").out)
    assert (line["state"], line["rule"], line["run_id"]) == ("done", "closer", str(run))
    assert line["id"] in lookout("actions", "list", "--state", "done").out
    assert lookout("actions", "list", "--state", "waiting").out == ""
    # And shown, it says what, why and who
    shown = lookout("actions", "show", line["id"][:10]).out
    assert "what: look at the target every 1h" in shown
    assert "due by rule closer" in shown
    assert [each["state"] for each in json.loads(lookout("actions", "show", line["id"], "--json").out)["audit"]] == [
        "due",
        "done",
    ]
    # And undone, it says so, once
    assert lookout("actions", "undo", line["id"], "--why", "a false alarm").code == 0
    again = lookout("actions", "undo", line["id"])
    assert (again.code, "nothing to undo" in again.err) == (2, True)
    assert lookout("actions", "show", "nothing").code == 2


def test_a_rehearsal_tells_what_another_files_rules_would_do(
    stage: Stage, ended: Ended, lookout: Lookout, tmp_path: Path
) -> None:
    # Given a run and a file with a rule that is being thought about
    ended.run(found=(finding(),))
    (tmp_path / "lock.txt").write_text("flask==3.0.0\n")
    path = tmp_path / "w.yaml"
    path.write_text(
        "targets: [{sbom: lock.txt}]\nrespond: [{name: tell, webhook: {url: 'https://127.0.0.1:1/'}, dry_run: false}]\n"
    )
    # When it is rehearsed, then it is told what would happen, also where it could not
    (would,) = json.loads(lookout("actions", "rehearse", "latest", "--watchlist", str(path), "--json").out)
    assert (would["rule"], would["state"]) == ("tell", "due")
    assert "webhook_secrets" in would["would"]
    assert "tell" in lookout("actions", "rehearse", "--watchlist", str(path)).out
    # And the run's own rules would do nothing, and nothing is written down
    assert lookout("actions", "rehearse").out == ""
    assert lookout("actions", "list").out == ""


def test_a_waiting_action_says_which_question_it_waits_for_and_limits_are_told(
    stage: Stage, ended: Ended, lookout: Lookout, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a day's allowance of one, and a run that is not sure with two findings
    monkeypatch.setenv("LOOKOUT_ACTIONS_PER_DAY", "1")
    get_settings.cache_clear()
    ended.run(CLOSER, found=(finding("a"), finding("b")), sure=0.2)
    # When what would be held back is rehearsed, and then considered
    assert "actions_per_day" in lookout("actions", "rehearse").err
    wiring.responder().tend(stage.engine)
    # Then the one waits for a person, and the other was held back
    listing = lookout("actions", "list", "--json")
    (line,) = json.loads(listing.out)
    assert (line["state"], "held back" in listing.err) == ("waiting", True)
    assert f"asked: {line['approval']}" in lookout("actions", "show", line["id"]).out


def test_what_failed_for_good_is_tried_again_when_a_person_says_so(
    stage: Stage, ended: Ended, lookout: Lookout
) -> None:
    # Given an action that failed for good
    ended.run(CLOSER, found=(finding(),))
    wiring.responder().tend(stage.engine)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE actions SET state = 'failed', failures = 35, losses = 2, finished_at = now()"))
    name = str(stage.one("SELECT id FROM actions"))
    # When a person wants it tried again, then it is due, with all its tries, and the audit says whose word it was
    done = lookout("actions", "retry", name[:12], "--why", "the receiver is back")
    assert done.out == f"{name}: due again\n"
    assert stage.one("SELECT state = 'due' AND failures + losses = 0 AND finished_at IS NULL FROM actions")
    assert "the receiver is back" in str(stage.one("SELECT why FROM action_audit ORDER BY id DESC LIMIT 1"))
    # And one that did not fail is left alone
    again = lookout("actions", "retry", name)
    assert (again.code != 0, "is due, not failed" in again.err) == (True, True)
    assert stage.one("SELECT count(*) FROM action_audit") == 2


def test_a_real_worker_makes_the_call_that_the_sweep_found_due(
    stage: Stage, ended: Ended, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker that serves upkeep and actions, with a secret and a host that an operator allowed
    monkeypatch.setenv("LOOKOUT_WEBHOOK_PRIVATE_HOSTS", f"127.0.0.1:{receiver.port}")
    monkeypatch.setenv("LOOKOUT_WEBHOOK_SECRETS", "ops=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    stage.worker(app="orchestrator", queues="upkeep,actions")
    ended.run(Rule(name="tell", then=Webhook(url=receiver.url, secret="ops"), dry_run=False), found=(finding(),))
    # When a sweep is sent
    wiring.celery_app().send_task("lookout.sweep")
    # Then the call arrives, signed
    stage.wait(lambda: receiver.calls, seconds=30)
    ((headers, _),) = receiver.calls
    assert headers["webhook-signature"].startswith("v1,")
    stage.wait(lambda: stage.one("SELECT state FROM actions") == "done", seconds=10)
