"""DBOS Transact: a workflow a run, its steps gathered on the event loop of the process that runs it."""

from benchmarks.runs.system import System
from benchmarks.runs.systems.peer import no_workers, own_database

SYSTEMS = (System("dbos", "dbos", ("dbos",), own_database("benchmark_dbos"), no_workers, inside=True),)
