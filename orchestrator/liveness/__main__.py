"""``python -m orchestrator.liveness FILE``: a health check. Exit codes: 0 well, 1 not well, 2 wrong usage."""

import sys
from pathlib import Path

from orchestrator.liveness.sign import look

_USAGE = "usage: python -m orchestrator.liveness FILE, where LOOKOUT_HEARTBEAT_FILE has the process leave its sign"


def main(words: list[str]) -> int:
    """Say how a process is by the sign of life that it leaves; return the exit code."""
    if len(words) != 1 or words[0].startswith("-"):
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    well, seen = look(Path(words[0]))
    sys.stdout.write(f"{seen}\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
