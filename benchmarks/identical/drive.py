"""``python -m benchmarks.identical.drive WISHES``: replays the bundle some times, and says what it got."""

import json
import random
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.identical.guard import watch_network
from benchmarks.identical.playing import play
from orchestrator.cli.inputs import monitor_trigger, read_watchlist
from orchestrator.settings import get_settings
from orchestrator.store.process import engine
from orchestrator.telemetry import configure_logging


def replay(wishes: dict[str, Any]) -> dict[str, Any]:
    """Return what each replay gave, and what tried to reach the network."""
    tries = watch_network()
    trigger = monitor_trigger(read_watchlist(Path(wishes["watchlist"])))
    chance = random.Random(wishes["seed"])
    rows = [
        asdict(play(trigger, chance=chance, slots=wishes["slots"], keep=Path(wishes["keep"])))
        for _ in range(wishes["times"])
    ]
    return {"played": rows, "network": tries}


if __name__ == "__main__":
    configure_logging(get_settings())
    told = replay(json.loads(sys.argv[1]))
    engine().dispose()
    print(json.dumps(told))
