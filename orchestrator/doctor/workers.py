"""The workers: whether each queue has one."""

from collections.abc import Iterable, Mapping

from orchestrator.doctor.check import Check, failed, ok
from orchestrator.doctor.serving import worker_commands


def workers_check(served: Mapping[str, frozenset[str]], *, queues: Iterable[str]) -> Check:
    """Return whether a worker serves each of the queues."""
    missing = sorted(set(queues) - served.keys())
    workers = sorted({worker for names in served.values() for worker in names})
    if not missing:
        return ok("workers", f"{len(workers)} answer and serve every queue: {', '.join(workers)}")
    who = f"{len(workers)} answer, but none" if workers else "none answers, so none"
    remedy = f"start `lookout up`, or {' and '.join(worker_commands(missing))}"
    return failed("workers", f"{who} serves {', '.join(missing)}", remedy=remedy)
