"""What the plain canvas's parts are called, for those who must not import its app."""

STEP = "plain.step"
WAITING, COMPUTING = "waiting", "computing"
"""The queues: of threads, and of processes."""
LAST = "report"
"""The step that ends a run."""
AT_WORK = "CHAOS_AT_WORK"
"""Names the folder in which a task at work keeps a file, for the harness to see."""


def run_name(seed: int, number: int) -> str:
    """Return what a run of the load is called."""
    return f"plain-{seed}-{number}"
