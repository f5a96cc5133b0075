"""LangGraph with its Postgres checkpointer: a graph a run, all of it in one process; durable at each superstep."""

from benchmarks.runs.system import System
from benchmarks.runs.systems.peer import no_workers, own_database

_NEEDS = ("langgraph", "langgraph.checkpoint.postgres", "psycopg_pool")
SYSTEMS = (System("langgraph", "langgraph", _NEEDS, own_database("benchmark_langgraph"), no_workers, inside=True),)
