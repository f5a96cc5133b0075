"""A result that is held is shown by no command until a person lets it go out."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from support.commands import Lookout
from support.plays import Play, act, sender
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Artifact, Work
from orchestrator.cli.exits import Exit
from orchestrator.cli.outcome import tell
from orchestrator.domain.runs import RunState
from orchestrator.ledger.endings import stop_run
from orchestrator.settings import get_settings

pytestmark = pytest.mark.services

SECRET = "flask has a hole"


def reporting(work: Work) -> AgentReport:
    """Report something that is not to go out yet."""
    made = Artifact(name="report.md", media_type="text/markdown", text=f"# {SECRET}\n")
    return report_of(work).model_copy(update={"summary": SECRET, "confidence": 0.75, "artifacts": (made,)})


@pytest.fixture
def run_id(stage: Stage, lookout: Lookout) -> str:
    """Return a run whose result is there, and held."""
    run = Play(stage, sender(stage.addresses.broker_url)).run(act("a"))
    assert lookout("runs", "change", str(run), "--hold").code == Exit.OK
    Crew(stage.engine, reporting).play(run, "a")
    return str(run)


def approval(lookout: Lookout) -> str:
    """Return the id of the question whether the result may go out."""
    return str(json.loads(lookout("approvals", "list", "--json").out)[0]["id"])


def test_nobody_sees_a_held_result_but_who_decides_about_it(run_id: str, lookout: Lookout, tmp_path: Path) -> None:
    # Given a held result, when it is asked for, then nothing of it is shown, and how it is let go is said
    name = approval(lookout)
    file = tmp_path / "report.md"
    for words in (("report", run_id), ("report", run_id, "-o", str(file)), ("runs", "diff", run_id, run_id)):
        refused = lookout(*words)
        assert (refused.code, refused.out) == (Exit.FAILED, "")
        assert f"lookout approvals approve {name}" in refused.err
        assert SECRET not in refused.err
    assert not file.exists()
    shown = json.loads(lookout("runs", "show", run_id, "--json").out)
    assert [(step["summary"], step["confidence"]) for step in shown["steps"]] == [(None, None)]
    assert name in shown["withheld"]
    assert name in lookout("runs", "show", run_id).out
    # And whoever decides can read it
    assert SECRET in lookout("approvals", "show", name, "--report").out
    # When it is approved, then it is there for all
    assert lookout("approvals", "approve", name).code == Exit.OK
    assert SECRET in lookout("report", run_id).out
    done = json.loads(lookout("runs", "show", run_id, "--json").out)
    assert (done["withheld"], done["steps"][0]["summary"], done["result"]["summary"]) == (None, SECRET, SECRET)


def test_a_released_result_is_there_for_all(run_id: str, lookout: Lookout) -> None:
    assert lookout("runs", "change", run_id, "--release").code == Exit.OK
    assert SECRET in lookout("report", run_id).out


def test_a_result_that_was_rejected_never_goes_out(
    run_id: str, stage: Stage, lookout: Lookout, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    # When it is rejected, then its run's end says nothing of it
    name = approval(lookout)
    assert lookout("approvals", "reject", name, "--why", "withdrawn").code == Exit.OK
    result = stage.one("SELECT result FROM runs")
    assert isinstance(result, dict)
    assert (result["summary"], result["confidence"], result["findings"], result["severities"]) == ("", None, None, {})
    refused = lookout("report", run_id)
    assert (refused.code, refused.out) == (Exit.FAILED, "")
    assert "before anybody let its result go out" in refused.err
    # And neither does the question
    refused = lookout("approvals", "show", name, "--report")
    assert (refused.code, refused.out) == (Exit.FAILED, "")
    assert "before anybody let its result go out" in refused.err
    # And neither does the command that waited for it
    (run,) = [stage.one("SELECT id FROM runs")]
    assert tell(stage.engine, run, settings=get_settings(), as_json=True, output=tmp_path / "out") == {}  # type: ignore[arg-type]
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["summary"], told["reports"]) == ("cancelled", "", [])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("swept", [True, False])
def test_a_question_whose_run_timed_out_shows_no_report(
    run_id: str,
    stage: Stage,
    lookout: Lookout,
    swept: bool,  # noqa: FBT001  a case of the table
) -> None:
    name = approval(lookout)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET deadline_at = now()"))
        if swept:
            stop_run(conn, UUID(run_id), state=RunState.TIMED_OUT, error="its deadline passed")
    refused = lookout("approvals", "show", name, "--report")
    assert (refused.code, refused.out) == (Exit.FAILED, "")
    assert run_id in refused.err


def test_a_result_that_was_approved_is_shown_by_its_question_as_well(run_id: str, lookout: Lookout) -> None:
    name = approval(lookout)
    assert lookout("approvals", "approve", name).code == Exit.OK
    assert SECRET in lookout("approvals", "show", name, "--report").out, run_id


def test_a_result_that_is_not_there_yet_says_how_it_is_let_go(stage: Stage, lookout: Lookout) -> None:
    run = Play(stage, sender(stage.addresses.broker_url)).run(act("a"))
    lookout("runs", "change", str(run), "--hold")
    refused = lookout("report", str(run))
    assert (refused.code, f"lookout runs change {run} --release" in refused.err) == (Exit.FAILED, True)


def test_an_approval_of_something_else_has_no_report(stage: Stage, lookout: Lookout) -> None:
    run = Play(stage, sender(stage.addresses.broker_url)).run(act("a"))
    lookout("runs", "change", str(run), "--hold")
    Crew(stage.engine).play(run, "a")
    none = lookout("approvals", "show", approval(lookout), "--report")
    assert (none.code, "there is no report" in none.err) == (Exit.FAILED, True)


def test_a_watchlist_holds_the_results_of_its_runs(watchlist: Path, stage: Stage, lookout: Lookout) -> None:
    # Given a watchlist that says so
    watchlist.write_text(watchlist.read_text() + "hold_report: true\n")
    # When a run is made of it, then its result is held
    run = lookout("run", str(watchlist)).out.strip()
    assert stage.one("SELECT trigger #>> '{options,hold_report}' FROM runs") == "true"
    assert "is held" in lookout("report", run).err
    # And a word that is no yes or no is refused, with its line
    watchlist.write_text(watchlist.read_text().replace("true", "perhaps"))
    refused = lookout("run", str(watchlist))
    assert (refused.code, "hold_report" in refused.err, ":4:" in refused.err) == (Exit.USAGE, True, True)
