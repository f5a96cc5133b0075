"""Enqueue a trigger from a service that has only ``celery[redis]``, and wait for its result.

    python -m pip install "celery[redis]"
    python enqueue.py redis://:PASSWORD@localhost:6379/0 sbom:/srv/shop/requirements.lock --key shop-build-1412

The same key finds the same run, however often it is sent: a build that is retried asks once. Paths are those of the
machine that runs Lookout's workers. Exit codes: 0 the run ended well, 1 it was refused or failed,
3 it still goes on.
"""
# ruff: noqa: INP001, T201 - a script that stands alone and talks to a terminal

import argparse
import json
import sys
from uuid import uuid4

from celery import Celery
from celery.exceptions import TaskRevokedError
from celery.exceptions import TimeoutError as NotYetError

TASK = "lookout.trigger"


def target(word: str) -> dict[str, str]:
    """Return the target that a word such as ``git:/srv/clones/flask`` names."""
    kind, colon, place = word.partition(":")
    if not (kind and colon and place):
        raise argparse.ArgumentTypeError(f"{word!r} is not KIND:PLACE, e.g. git:/srv/clones/flask")
    return {"kind": kind, "location": place}


def payload(kind: str, *, targets: list[dict[str, str]], subject: str, key: str) -> dict[str, object]:
    """Return the arguments of the task; Lookout refuses names that it does not know, and says which."""
    return {"kind": kind, "targets": targets, "subject": subject, "key": key, "source": "enqueue.py"}


def main() -> int:
    """Send the trigger, wait, and print the run's result as JSON."""
    parser = argparse.ArgumentParser(description="Enqueue a trigger and wait for its result.")
    parser.add_argument("broker", help="the broker that Lookout uses, e.g. redis://:PASSWORD@localhost:6379/0")
    parser.add_argument("targets", nargs="+", type=target, metavar="KIND:PLACE", help="e.g. git:/srv/clones/flask")
    parser.add_argument("--kind", default="monitor", help="monitor, advisory, release, request, ...")
    parser.add_argument("--subject", default="", help="what it is about: an advisory's id, a version")
    parser.add_argument("--key", required=True, help="your own name for this request: a repeated one is not run twice")
    parser.add_argument("--wait", type=float, default=600.0, help="seconds to wait for the result")
    asked = parser.parse_args()

    # The broker holds a short copy of the result for an hour, under the id of each message; a key that is sent again
    # finds the first run, and its copy is made anew under the new id.
    service = Celery(broker=asked.broker, backend=asked.broker)
    arguments = payload(asked.kind, targets=asked.targets, subject=asked.subject, key=asked.key)
    sent = service.send_task(TASK, kwargs=arguments, task_id=str(uuid4()))
    print(f"sent as {sent.id}", file=sys.stderr)
    try:
        result = sent.get(timeout=asked.wait)
    except NotYetError:
        service.backend.remove_pending_result(sent)  # or the result object ends with the interpreter, too late
        print("the run still goes on: ask again with the same key", file=sys.stderr)
        return 3
    except (ValueError, RuntimeError, TimeoutError, TaskRevokedError) as error:
        # ValueError: the payload was refused. The others: the run failed, timed out or was cancelled.
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
