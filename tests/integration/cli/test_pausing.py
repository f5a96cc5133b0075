"""`lookout runs pause` and `resume`, and how a paused run looks."""

import json
from pathlib import Path

from support.commands import Lookout
from support.stages import Stage


def test_a_run_is_paused_shown_resumed_and_too_late_to_pause(watchlist: Path, lookout: Lookout, stage: Stage) -> None:
    # Given a run that nobody serves
    run_id = lookout("run", str(watchlist)).out.strip()
    # When it is paused twice, and looked at
    paused = lookout("runs", "pause", run_id[:13], "--why", "the disk is being moved")
    again = lookout("runs", "pause", run_id)
    shown = lookout("runs", "show", run_id)
    listed = lookout("runs", "list")
    in_json = json.loads(lookout("runs", "show", run_id, "--json").out)
    # Then each says how it is, with the reason
    assert (paused.code, paused.out) == (0, f"run {run_id}: paused\n")
    assert (again.code, again.out) == (0, f"run {run_id}: was paused already\n")
    assert "UTC: the disk is being moved" in shown.out
    assert "\tpaused\t" in listed.out
    assert (in_json["state"], in_json["paused_why"]) == ("running", "the disk is being moved")
    # When it is resumed twice, then it goes on
    assert lookout("runs", "resume", run_id).out == f"run {run_id}: resumed\n"
    assert lookout("runs", "resume", run_id).out == f"run {run_id}: was going on already\n"
    assert "paused" not in lookout("runs", "show", run_id).out
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'resumed'") == 1
    # And one that is over can be neither
    lookout("runs", "cancel", run_id)
    late = lookout("runs", "pause", run_id)
    assert late.code == 1
    assert "has ended already" in late.err


def test_a_run_that_is_not_known_is_refused(watchlist: Path, lookout: Lookout) -> None:
    # Given a ledger with another run
    lookout("run", str(watchlist))
    # When / Then
    answer = lookout("runs", "pause", "ffffffff")
    assert answer.code == 2
    assert "is not known" in answer.err
