"""The doctor among real servers: what is well, and what is not, each with its remedy."""

import json
from pathlib import Path

from sqlalchemy import text
from support.commands import Lookout
from support.stages import Stage, Worker, broker_client

Checks = dict[str, dict[str, str]]


def examined(lookout: Lookout) -> tuple[int, Checks]:
    """Return the exit code and the checks by name."""
    answer = lookout("doctor", "--json")
    told = json.loads(answer.out)
    assert told["ok"] is (answer.code == 0)
    return answer.code, {check["name"]: check for check in told["checks"]}


def verdicts(checks: Checks, *names: str) -> list[str]:
    return [checks[name]["verdict"] for name in names]


def test_servers_without_workers_fail_for_want_of_them(lookout: Lookout, stage: Stage) -> None:
    # Given
    with broker_client(stage.addresses) as broker:
        broker.lpush("githbu", "a message", "another")
        broker.lpush("github", "a message")
        broker.lpush("security\x06\x169", "one with a priority, which only the door reads")
        broker.lpush("celery\x06\x169", "one with a priority at the door")
    # When
    code, checks = examined(lookout)
    # Then
    assert code == 1
    assert verdicts(checks, "database", "writing", "clock", "schema", "role") == ["ok"] * 5
    assert verdicts(checks, "broker", "broker's password", "broker's memory", "broker's limit") == ["ok"] * 4
    assert checks["owner"]["verdict"] == "ok"
    assert checks["workers"]["verdict"] == "failed"
    assert "start `lookout up`, or celery -A orchestrator worker" in checks["workers"]["remedy"]
    assert checks["beat"]["verdict"] == "warning"
    assert checks["queues"]["seen"].startswith("messages wait where nobody reads: githbu (2), security")
    assert "redis-cli DEL githbu" in checks["queues"]["remedy"]
    password = stage.addresses.broker_url.split(":")[2].partition("@")[0]
    assert password not in json.dumps(checks)


def test_a_worker_on_every_queue_is_well(lookout: Lookout, worker: Worker) -> None:
    # Given / When
    _, checks = examined(lookout)
    # Then
    assert checks["workers"]["verdict"] == "ok"
    assert checks["queues"]["verdict"] == "ok"


def test_work_that_does_not_go_on_is_told(lookout: Lookout, stage: Stage, watchlist: Path) -> None:
    # Given
    lookout("run", str(watchlist))
    lookout("schedules", "watch", str(watchlist))
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET deadline_at = now() - interval '1 hour'"))
        conn.execute(text("UPDATE outbox SET published_at = NULL, due_at = now() - interval '1 hour'"))
        conn.execute(text("INSERT INTO leases VALUES ('beat', 'gone:1', 1, now() - interval '9 seconds')"))
    # When
    code, checks = examined(lookout)
    # Then
    assert code == 1
    assert verdicts(checks, "beat", "deadlines", "outbox") == ["failed", "failed", "warning"]
    assert "gone:1 did until" in checks["beat"]["seen"]
    assert "1 schedules wait" in checks["beat"]["seen"]


def test_a_broker_that_answers_without_its_password_is_told(lookout: Lookout, stage: Stage) -> None:
    # Given
    with broker_client(stage.addresses) as broker:
        broker.execute_command("ACL", "SETUSER", "default", "nopass")
        # When
        _, checks = examined(lookout)
        password = stage.addresses.broker_url.split(":")[2].partition("@")[0]
        broker.execute_command("ACL", "SETUSER", "default", "resetpass", f">{password}")
    # Then
    assert checks["broker's password"]["verdict"] == "warning"
    assert "none is needed" in checks["broker's password"]["seen"]


def test_a_scheduler_that_leads_is_named(lookout: Lookout, stage: Stage) -> None:
    # Given
    with stage.engine.begin() as conn:
        conn.execute(text("INSERT INTO leases VALUES ('beat', 'here:1', 1, now() + interval '9 seconds')"))
    # When
    _, checks = examined(lookout)
    # Then
    assert checks["beat"]["seen"] == "here:1 leads"
