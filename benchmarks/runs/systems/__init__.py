"""The systems that are measured, one a module; what their processes run stands beside it, and is imported by them."""

from benchmarks.runs.systems import dbos_transact, langgraph_postgres, lookout, procrastinate_jobs, raw_celery

ALL = (
    *lookout.SYSTEMS,
    *raw_celery.SYSTEMS,
    *dbos_transact.SYSTEMS,
    *procrastinate_jobs.SYSTEMS,
    *langgraph_postgres.SYSTEMS,
)
