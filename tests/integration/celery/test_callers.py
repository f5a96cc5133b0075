"""Services that have only Celery: they enqueue a trigger, get an id back, and can wait for its result."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from celery.result import AsyncResult
from sqlalchemy import text
from support.stages import REPOSITORY, Stage

from orchestrator.domain.runs import RunState
from orchestrator.ledger import endings

pytestmark = pytest.mark.services

CALLER = """
import json, sys
for name in ("orchestrator", "agents", "tasks", "celeryconfig", "sqlalchemy", "psycopg"):
    sys.modules[name] = None  # a service that has only celery[redis] installed
from celery import Celery
url, task_id, wait, payload = sys.argv[1], sys.argv[2], float(sys.argv[3]), json.loads(sys.argv[4])
app = Celery(broker=url, backend=url)
result = app.send_task("lookout.trigger", kwargs=payload, task_id=task_id)
assert result.id == task_id
try:
    print(json.dumps({"got": result.get(timeout=wait)}))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "words": str(error)}))
"""


def call(stage: Stage, payload: dict[str, object], *, task_id: str, wait: float = 20) -> dict[str, object]:
    """Send a trigger from a process of its own that cannot import our packages; return what it printed."""
    words = [sys.executable, "-c", CALLER, stage.addresses.broker_url, task_id, str(wait), json.dumps(payload)]
    done = subprocess.run(words, cwd=stage.folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def serve(stage: Stage) -> None:
    """Start workers on every queue of the real catalogue."""
    stage.worker(queues="data_manager,celery,upkeep,github,security,reporting", app="orchestrator", slots=8)


def lock_file(folder: Path) -> dict[str, object]:
    """Return a payload about a lock file made for the test."""
    path = folder / "requirements.txt"
    path.write_text("flask==2.0.0\nrequests>=2\n")
    return {"kind": "monitor", "targets": [{"kind": "sbom", "location": str(path)}], "key": f"order-{uuid4()}"}


def test_a_caller_gets_the_result_of_its_run_and_a_repeated_key_the_same_one(stage: Stage) -> None:
    # Given workers, and a service that knows nothing but the broker's address
    serve(stage)
    payload = lock_file(stage.folder)
    # When it sends a trigger and waits
    first = call(stage, payload, task_id="caller-1")
    # Then it gets the run's short result: state, id and counts, no findings
    got = first["got"]
    assert isinstance(got, dict)
    assert (got["state"], got["kind"]) == ("succeeded", "monitor")
    assert stage.state(got["run_id"]) == "succeeded"
    # And when the same key comes again under another id, it is the same run, answered at once
    again = call(stage, payload, task_id="caller-2")
    assert again["got"] == got
    assert stage.one("SELECT count(*) FROM runs") == 1
    # And a process that has our package can ask by either id, or by the run's own
    from orchestrator.celery import app  # noqa: PLC0415  read with this test's addresses

    for name in ("caller-1", "caller-2", str(got["run_id"])):
        assert AsyncResult(name, app=app).get(timeout=10)["run_id"] == got["run_id"]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"kind": "monitr", "targets": []}, ("kind", "monitr")),
        ({"kind": "monitor", "targets": []}, ("targets", "give at least one")),
        ({"kind": "monitor", "targets": [{"kind": "git", "location": ""}]}, ("targets.0.location", "at least 1")),
        ({"kind": "monitor", "colour": "red"}, ("colour", "not permitted")),
    ],
)
def test_a_bad_payload_is_refused_with_its_reason_and_leaves_a_trace(
    stage: Stage, payload: dict[str, object], words: tuple[str, str]
) -> None:
    # Given a worker on the door alone
    worker = stage.worker(queues="celery", app="orchestrator", slots=2)
    # When a caller sends what is no trigger
    answer = call(stage, payload, task_id="bad-1")
    # Then it learns which field, and why
    assert answer["error"] == "ValueError"
    for word in words:
        assert word in str(answer["words"])
    # And the refusal stays under the caller's own id, while no run was made
    assert words[0] in str(stage.one("SELECT refusal FROM calls WHERE task_id = 'bad-1'"))
    assert stage.one("SELECT count(*) FROM runs") == 0
    assert worker.process.poll() is None


def test_free_text_is_shown_as_its_length_alone(stage: Stage) -> None:
    # Given a trigger whose text is nobody's business
    worker = stage.worker(queues="celery", app="orchestrator", slots=2)
    payload = {**lock_file(stage.folder), "kind": "request", "text": "is the secret project vulnerable?"}
    # When it is accepted
    call(stage, payload, task_id="quiet-1", wait=1)
    stage.wait(lambda: stage.one("SELECT count(*) FROM runs") == 1)
    # Then the worker's log says how long the text is, never what it says
    stage.wait(lambda: "lookout.trigger" in worker.log.read_text())
    assert "secret project" not in worker.log.read_text()


def test_states_answer_in_celerys_own_words(stage: Stage) -> None:
    # Given runs that ended in each way, made straight in the ledger
    from agents.contract import Target, TargetKind  # noqa: PLC0415  the same
    from orchestrator.celery import app  # noqa: PLC0415  read with this test's addresses
    from orchestrator.domain.triggers import Trigger, TriggerKind  # noqa: PLC0415  the same
    from orchestrator.wiring import intake  # noqa: PLC0415  the same

    target = Target(kind=TargetKind.SBOM, location=str(stage.folder))
    ends = {
        RunState.CANCELLED: ("REVOKED", "RuntimeError"),
        RunState.TIMED_OUT: ("FAILURE", "TimeoutError"),
        RunState.FAILED: ("FAILURE", "RuntimeError"),
    }
    for state, (status, error) in ends.items():
        trigger = Trigger(kind=TriggerKind.MONITOR, targets=(target,), key=f"end-{state}")
        run_id = intake().accept(trigger).run_id
        assert AsyncResult(str(run_id), app=app).state == "PENDING"
        # When each has ended
        with stage.engine.begin() as conn:
            endings.stop_run(conn, run_id, state=state, error="the test says so")
        # Then its result says how
        result = AsyncResult(str(run_id), app=app)
        assert result.state == status
        assert type(result.result).__name__ == error
    assert AsyncResult("nobody-knows-it", app=app).state == "PENDING"
    with stage.engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM outbox WHERE why = 'ended'")).scalar_one() == len(ends)


def test_the_example_of_another_service_really_runs(stage: Stage) -> None:
    # Given the example that the documentation shows
    example = REPOSITORY / "examples" / "enqueue.py"
    serve(stage)
    payload = lock_file(stage.folder)
    location = payload["targets"][0]["location"]  # type: ignore[index]
    # When it is run as a user would
    words = [sys.executable, str(example), stage.addresses.broker_url, f"sbom:{location}", "--key", "build-7"]
    done = subprocess.run(words, cwd=stage.folder, capture_output=True, text=True, timeout=40, check=False)
    # Then it prints the run's result
    assert done.returncode == 0, done.stderr
    assert "succeeded" in done.stdout
