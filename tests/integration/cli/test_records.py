"""The commands of records: dead letters, runs done again from a step, attempts and differences."""

import json
from uuid import UUID

import pytest
from support.commands import Lookout
from support.runners import Scripted
from support.stages import Stage
from support.timetables import catalogue_sender, intake_of

from agents.catalog import catalog
from agents.contract import AgentReport, Finding, Severity, Target, TargetKind, Work
from agents.errors import BadEvidenceError, SourceUnavailableError
from orchestrator import wiring
from orchestrator.admission.bounds import Bounds
from orchestrator.admission.gate import Gate
from orchestrator.cli.exits import Exit
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.ledger.decisions import Backoff
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.stepping import StepRunner
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

LIMITS = Limits(lease_seconds=60, backoff=Backoff(multiplier=0, max=0))


class House:
    """Runs of the real catalogue's plans, with agents that do what a test says."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bad: dict[str, Exception] = {}
        self.severity = Severity.LOW

    def run(self) -> UUID:
        """Accept a look at one repository, and do it to its end."""
        target = Target(kind=TargetKind.GIT, location="/srv/flask")
        app = catalogue_sender(self.stage.addresses.broker_url)
        run_id = intake_of(self.stage, app).accept(Trigger(kind=TriggerKind.MONITOR, targets=(target,))).run_id
        app.close()
        return self.play(run_id)

    def play(self, run_id: UUID) -> UUID:
        """Do a run's steps in order, each as often as it is given back."""
        heart = Heart(self.stage.engine, lease_seconds=60, every_seconds=3_600)
        runner = StepRunner(
            engine=self.stage.engine,
            direct=Direct(self.stage.engine),
            heart=heart,
            limits=LIMITS,
            specs=catalog(),
            build=lambda name: Scripted(catalog()[name], self.act),
            owner="me:1",
            figures=Figures(self.stage.engine, lot_seconds=LIMITS.lot_seconds),
            send_soon=lambda _: None,
        )
        for step in self.steps(run_id):
            for _ in range(5):
                runner.run(run_id, steps=(step,))
        return run_id

    def steps(self, run_id: UUID) -> list[str]:
        """Return the names of a run's steps, in plan order."""
        with self.stage.engine.connect() as conn:
            rows = conn.exec_driver_sql(
                "SELECT name FROM steps WHERE run_id = %(run)s ORDER BY position", {"run": run_id}
            )
            return [row.name for row in rows]

    def act(self, work: Work) -> AgentReport:
        """Do what the test says of the step."""
        for part, error in self.bad.items():
            if work.step.startswith(part):
                raise error
        found = Finding(
            kind="k", target="t", claim=work.step, severity=self.severity, confidence=1, title=f"{work.step} was here"
        )
        return AgentReport(agent="actor", target="t", summary=work.step, confidence=0.9, findings=(found,))


@pytest.fixture
def house(stage: Stage) -> House:
    return House(stage)


def test_a_dead_letter_is_listed_shown_and_done_again(house: House, lookout: Lookout, stage: Stage) -> None:
    # Given a run whose analysis failed for good
    house.bad = {"analyse": BadEvidenceError("HEAD: none: commit something")}
    run = house.run()
    # When it is listed and shown
    listed = json.loads(lookout("dead", "list", "--agent", "github", "--json").out)
    number = str(listed[0]["id"])
    shown = lookout("dead", "show", number)
    as_json = json.loads(lookout("dead", "show", number, "--json").out)
    # Then it says what was tried and how to go on
    assert [(one["reason"], one["run_id"], one["standing"]) for one in listed] == [("bad_evidence", str(run), "open")]
    assert "BadEvidenceError: HEAD: none: commit something" in shown.out
    assert f"`lookout dead requeue {number}`" in shown.out
    assert [one["outcome"] for one in as_json["attempts"]] == ["failed"]
    assert f"\tbad_evidence\t{run}\topen\t" in lookout("dead", "list").out
    # When it is requeued, twice
    house.bad = {}
    first = lookout("dead", "requeue", number, "--as", "ann")
    second = json.loads(lookout("dead", "requeue", number, "--json").out)
    again = house.play(UUID(second["requeued"][0]["run_id"]))
    # Then one run does it, and the letter is settled
    assert first.out == f"dead letter {number}: run {again}\n"
    assert second["requeued"] == [{"id": int(number), "run_id": str(again), "fresh": False}]
    assert stage.state(again) == "succeeded"
    assert lookout("dead", "list").out == ""
    assert "requeued by ann, " in lookout("dead", "list", "--settled").out
    # And the run says whose results it was given
    assert f"as in run {run} attempt 1" in lookout("runs", "show", str(again)).out


def test_all_dead_letters_of_an_agent_are_requeued_at_once(house: House, lookout: Lookout, stage: Stage) -> None:
    # Given two runs whose analysis failed for good
    house.bad = {"analyse": BadEvidenceError("x: 1: mend it")}
    runs = [house.run(), house.run()]
    # When all of one agent, and then all of another, are requeued
    done = lookout("dead", "requeue", "--agent", "github", "--all", "--reason", "bad_evidence")
    none = lookout("dead", "requeue", "--agent", "security", "--all")
    # Then each run has its rerun, and nothing else happened
    assert (done.code, len(done.out.splitlines())) == (0, 2)
    assert stage.one("SELECT count(*) FROM runs WHERE rerun_of = ANY(:runs)", runs=runs) == 2
    assert (none.code, none.err) == (0, "there is none to requeue\n")
    # And one that cannot be requeued is said, and does not hold up others
    mixed = lookout("dead", "requeue", "999999", "1000000")
    assert mixed.code == 1
    assert mixed.err.count("is not known: `lookout dead list --settled` shows what there is") == 2


def test_where_there_is_no_room_for_all_it_is_told_which_were_requeued(
    house: House, lookout: Lookout, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two dead letters, and room for one more run
    house.bad = {"analyse": BadEvidenceError("x: 1: mend it")}
    house.run()
    house.run()
    monkeypatch.setattr(wiring, "gate", lambda: Gate(stage.engine, Bounds(1, 1_000, reserve=0)))
    # When all are requeued, then the one that was is told, and the other waits
    done = lookout("dead", "requeue", "--all")
    assert (done.code, "come back in" in done.err) == (Exit.BUSY, True)
    assert stage.one("SELECT count(*) FROM runs WHERE rerun_of IS NOT NULL") == 1
    assert str(stage.one("SELECT id FROM runs WHERE rerun_of IS NOT NULL")) in done.out
    assert lookout("dead", "list").out


def test_a_dead_letter_is_dropped_with_a_reason(house: House, lookout: Lookout) -> None:
    # Given a dead letter
    house.bad = {"analyse": BadEvidenceError("x: 1: mend it")}
    house.run()
    number = str(json.loads(lookout("dead", "list", "--json").out)[0]["id"])
    # When it is dropped
    assert lookout("dead", "drop", number).code == 2
    dropped = lookout("dead", "drop", number, "--why", "the repository is gone")
    # Then it is done with, and can only be done again by its run
    assert dropped.out == f"dead letter {number}: dropped\n"
    refused = lookout("dead", "requeue", number)
    assert refused.code == 1
    assert "the repository is gone; `lookout runs rerun" in refused.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("requeue",), "name dead letters by ID, or say --all"),
        (("requeue", "1", "--all"), "name dead letters by ID, or say --all"),
        (("requeue", "1", "--agent", "github"), "--agent and --reason choose among --all"),
        (("list", "--reason", "boredom"), "'boredom' is not one of 'bad_evidence', 'failures', 'losses'"),
        (("show", "0"), "0 is not in the range"),
        (("show", "999999"), "dead letter 999999 is not known"),
    ],
)
def test_wrong_words_are_refused(words: tuple[str, ...], told: str, lookout: Lookout) -> None:
    # Given / When
    answer = lookout("dead", *words)
    # Then
    assert answer.code == 2
    assert told in answer.err


def test_a_run_is_done_again_from_a_step_and_compared(house: House, lookout: Lookout, stage: Stage) -> None:
    # Given a run
    old = house.run()
    analysis = next(name for name in house.steps(old) if name.startswith("analyse"))
    # When it is done again from its analysis, which finds something worse this time
    house.severity = Severity.HIGH
    answer = lookout("runs", "rerun", str(old), "--from", analysis)
    new = house.play(UUID(str(stage.one("SELECT id FROM runs WHERE rerun_of = :old", old=old))))
    # Then what was collected is the old run's, and the difference says what changed
    assert answer.code == 0
    told = lookout("runs", "diff", "latest").out
    found = json.loads(lookout("runs", "diff", str(old), "--json").out)
    assert f"before: run {old}, succeeded" in told
    assert "findings: 0 new, 0 gone, 2 changed, 3 the same" in told
    assert "\tchanged\tlow > high\t100%\tt\t" in told
    assert "steps: 2 done anew, 3 carried over" in told
    assert (found["before"]["run_id"], found["after"]["run_id"]) == (str(old), str(new))
    assert found == json.loads(lookout("runs", "diff", str(old), str(new), "--json").out)
    # And a step that there is not is refused with those that there are
    wrong = lookout("runs", "rerun", str(old), "--from", analysis.replace("analyse", "analyze"))
    assert wrong.code == 2
    assert f"; there are: {analysis}, " in wrong.err


def test_every_attempt_is_shown_and_compared(house: House, lookout: Lookout) -> None:
    # Given a run whose report failed until its tries were used up
    house.bad = {"report": SourceUnavailableError("away")}
    run = house.run()
    # When its attempts are shown
    shown = lookout("runs", "show", "--attempts").out
    rows = json.loads(lookout("runs", "show", "--attempts", "--json").out)
    # Then each has a line
    tries = [row for row in rows if row["step"] == "report"]
    assert [row["attempt"] for row in tries] == [1, 2, 3, 4]
    assert shown.count("report\t") == 4
    assert "\tSourceUnavailableError: away" in shown
    # When those of one step are compared, then each says in what it differs
    compared = lookout("runs", "diff", str(run), "--step", "report")
    differs = json.loads(lookout("runs", "diff", str(run), str(run), "--step", "report", "--json").out)
    assert len(compared.out.splitlines()) == 4
    assert "outcome" not in differs[1]["differs"]
    assert len(differs) == 8
    wrong = lookout("runs", "diff", str(run), "--step", "rapport")
    assert (wrong.code, "there is no step 'rapport'" in wrong.err) == (2, True)


def test_a_run_with_nothing_to_compare_it_with_says_so(house: House, lookout: Lookout) -> None:
    # Given one run, when its difference is asked for, then another has to be named
    house.run()
    answer = lookout("runs", "diff", "latest")
    assert answer.code == 2
    assert "is no rerun and was never rerun: name the run to compare it with" in answer.err
