"""`lookout run` on a target whose agent fails, with real workers: a degraded result, and where it is seen."""

import json
import sys
from pathlib import Path

from support.commands import Lookout
from support.stages import REPOSITORY, Worker


def test_a_degraded_result_is_shown_by_run_and_by_runs_show(watchlist: Path, lookout: Lookout, worker: Worker) -> None:
    # Given a target with an option that its agent refuses, and the example as its baseline
    watchlist.write_text(
        "targets:\n  - git: small\n    look: [health]\n    hybrid: on_failure\n"
        f"    baseline_command: [{sys.executable}, {REPOSITORY / 'examples' / 'baseline.py'}]\n"
        "    options: {signal_window_days: 99999}\n"
    )
    # When it is run
    run = lookout("run", str(watchlist), "--wait", "--json")
    assert run.out, run.err
    outcome = json.loads(run.out)
    # Then the command's result stands in, and every door says so
    (said,) = outcome["degraded"].values()
    assert run.code == 3, run.err
    assert "small: degraded, a plain baseline stands in for github: small: " in said
    assert "Degraded: agents failed on small" in outcome["summary"]
    assert said in lookout("runs", "show", outcome["run_id"]).out
    assert json.loads(lookout("runs", "show", outcome["run_id"], "--json").out)["degraded"] == outcome["degraded"]
    assert worker.process.poll() is None
