"""``python -m benchmarks.runs.systems.procrastinate_worker``: one worker with one slot."""

import os

from benchmarks.runs.systems.peer import ADDRESS
from benchmarks.runs.systems.procrastinate_app import app, set_up

if __name__ == "__main__":
    set_up(os.environ[ADDRESS])
    app.run_worker(concurrency=1, delete_jobs="successful")
