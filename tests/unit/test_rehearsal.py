"""A rehearsal loads what a first report needs, and light code does not."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LOOK = """
import json, sys
from agents import rehearsal
before = [name for name in sys.argv[1:] if name in sys.modules]
written = rehearsal.rehearse()
print(json.dumps([before, written, [name for name in sys.argv[1:] if name in sys.modules]]))
"""


def test_a_rehearsal_loads_what_the_first_steps_would() -> None:
    # Given a process of its own, where nothing heavy is loaded by importing
    heavy = ["matplotlib.backends.backend_svg", "cvss"]
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, *heavy], cwd=ROOT, check=True, capture_output=True, text=True, timeout=100
    )
    before, written, after = json.loads(done.stdout)
    # When it rehearses, then a whole report was written, and the heavy libraries are there
    assert before == []
    assert written > 10_000
    assert after == heavy
