"""docker-compose.yml and what its image may see, as tests read them."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"postgres", "valkey"}
WORKERS = {"worker-waiting", "worker-computing", "worker-urgent"}
OF_OURS = {*WORKERS, "migrate", "beat", "flower"}
INSTALLED = Path("/opt/lookout")
"""Where the image has this folder."""


def composed() -> dict[str, Any]:
    """Return the file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def allowed() -> set[str]:
    """Return the entries of this folder that an image may see."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    return {rule[1:] for rule in rules if rule.startswith("!")}
