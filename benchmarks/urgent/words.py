"""What a process of the benchmark says while it runs."""

import sys


def say(words: str) -> None:
    """Say it, on standard error: standard output holds figures."""
    print(f"urgent: {words}", file=sys.stderr, flush=True)
