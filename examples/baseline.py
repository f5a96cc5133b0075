#!/usr/bin/env python3
"""A baseline of one's own: how large a target's place is, and when anything in it last changed.

Name it in a watchlist, with ``hybrid: on_failure`` or ``hybrid: both``::

    baseline_command: [python3, /srv/checks/baseline.py]

What it may print stands in docs/watchlist.md.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Print one JSON document about the target that the environment names."""
    place = Path(os.environ["TARGET_LOCATION"])
    files = [path for path in (place.rglob("*") if place.is_dir() else [place]) if path.is_file()]
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    changed = datetime.fromtimestamp(newest, UTC)
    name = os.environ["TARGET_NAME"]
    document = {
        "version": 1,
        "summary": f"{name}: {len(files)} files, last changed {changed:%Y-%m-%d}",
        "confidence": 0.3,
        "evidence": [{"key": "newest", "title": "when a file last changed", "at": changed.isoformat()}],
        "metrics": {"files": len(files)},
    }
    json.dump(document, sys.stdout)


if __name__ == "__main__":
    main()
