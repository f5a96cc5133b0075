"""Celery's own command line, unmodified, on our app: what operators type, and what must be refused."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.plays import Play, act
from support.stages import REPOSITORY, Stage

from orchestrator.domain.triggers import Priority

pytestmark = pytest.mark.services

ORDINARY = "data_manager,github,security,reporting,celery,upkeep"


def celery(*words: str, folder: Path = REPOSITORY, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Celery's command line on our app."""
    return subprocess.run(
        [sys.executable, "-m", "celery", "-A", "orchestrator", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_operators_commands_work_unmodified(stage: Stage) -> None:
    # Given a worker of the real app
    stage.worker(queues=ORDINARY, app="orchestrator", slots=2)
    # When an operator asks who is there, and what they serve
    status = celery("status")
    ping = celery("inspect", "ping", "--json")
    queues = celery("inspect", "active_queues", "--json")
    # Then Celery's own tools answer
    assert "1 node online" in status.stdout, status.stderr
    assert list(json.loads(ping.stdout).values()) == [{"ok": "pong"}]
    served = {queue["name"] for rows in json.loads(queues.stdout).values() for queue in rows}
    assert served == set(ORDINARY.split(","))
    assert celery("report").returncode == 0


def test_flower_shows_workers_and_hides_its_api_without_a_password(stage: Stage) -> None:
    # Given a worker, and Flower on a free port of the loopback interface
    stage.worker(queues=ORDINARY, app="orchestrator", slots=2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stage.start("flower", "--address=127.0.0.1", f"--port={port}", app="orchestrator")

    # When it answers
    def page(path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    stage.wait(lambda: page("/healthcheck") == 200, seconds=30)
    # Then its pages open, and its API asks who we are
    assert page("/workers") == 200
    assert page("/api/workers") == 401


@pytest.mark.parametrize("command", ["status", "report"])
def test_a_strangers_configuration_in_the_way_is_refused(stage: Stage, command: str) -> None:
    # Given a folder with a celeryconfig of its own, which comes first on the import path
    folder = stage.folder / "elsewhere"
    folder.mkdir()
    (folder / "celeryconfig.py").write_text("broker_url = 'memory://'\n")
    # When Celery is started there
    done = celery(command, folder=folder, PYTHONPATH=f"{folder}:{REPOSITORY}")
    # Then it stops, and says which file stands in the way
    assert done.returncode != 0
    assert str(folder / "celeryconfig.py") in done.stdout + done.stderr


def test_a_foreign_result_backend_is_refused(stage: Stage) -> None:
    # Given an environment that would silently replace the ledger
    done = celery("report", CELERY_RESULT_BACKEND="redis://localhost:1/0")
    # Then nothing starts, and the remedy is named
    assert done.returncode != 0
    assert "unset CELERY_RESULT_BACKEND" in done.stdout + done.stderr


def test_an_urgent_run_does_not_wait_for_workers_that_are_busy(stage: Stage, play: Play) -> None:
    # Given a worker whose only slot is taken, more work in line, and a reserved worker on the urgent lane
    stage.worker(queues="actor,actor.urgent", slots=1)
    stage.worker(queues="actor.urgent,understudy.urgent", slots=1)
    busy = play.run(act("a", "hold"))
    stage.wait(lambda: play.began("a") == 1)
    waiting = play.run(act("b"))
    # When a critical run comes
    urgent = play.run(act("c"), priority=Priority.CRITICAL)
    # Then it is done while the others still wait
    assert stage.wait_for_end(urgent, seconds=10) == "succeeded"
    assert (stage.state(busy), stage.state(waiting)) == ("running", "running")
    play.release("a")
    assert stage.wait_for_end(waiting) == "succeeded"


def test_a_message_that_is_not_json_is_never_read(stage: Stage) -> None:
    # Given a worker, and a pickled message that would run a command
    worker = stage.worker(queues="celery", app="orchestrator", slots=2)
    trap = stage.folder / "trapped"
    words = (
        "import os, sys\n"
        "from celery import Celery\n"
        "class Trap:\n"
        "    def __reduce__(self):\n"
        f"        return (os.mkdir, ({str(trap)!r},))\n"
        "app = Celery(broker=sys.argv[1])\n"
        "app.send_task('lookout.trigger', kwargs={'text': Trap()}, serializer='pickle')\n"
    )
    sent = subprocess.run(
        [sys.executable, "-c", words, stage.addresses.broker_url],
        cwd=stage.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert sent.returncode == 0, sent.stderr
    # When the worker meets it
    stage.wait(
        lambda: "Refusing to deserialize" in worker.log.read_text() or "ContentDisallowed" in worker.log.read_text()
    )
    # Then nothing of it ran, and the worker serves on
    assert not trap.exists()
    assert worker.process.poll() is None
