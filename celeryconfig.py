"""Celery's settings as data. Reasons stand in docs/operations.md; every figure comes from ``lookout settings``.

Only modules are imported here: Celery lists imported constants among its settings.
"""

from agents import catalog as _catalog
from orchestrator import queues as _queues
from orchestrator import settings as _settings
from orchestrator.ledger import transport as _transport

_values = _settings.get_settings()
_specs = _catalog.catalog()

broker_url = _transport.broker_url(_values)
broker_transport_options = _transport.options(_values)
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
result_backend = "orchestrator.ledger.backend:LedgerBackend"

task_queues = _queues.task_queues(_specs)
task_default_queue = _queues.DOOR
task_default_exchange = _queues.DOOR
task_default_routing_key = _queues.DOOR
task_create_missing_queues = False
task_routes = _queues.ROUTES

task_serializer = "json"
result_serializer = "json"
accept_content = ["json"]
result_accept_content = ["json"]

task_acks_late = True
task_reject_on_worker_lost = True
task_ignore_result = True
task_track_started = True
task_send_sent_event = True
task_publish_retry_policy = {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 1}

worker_prefetch_multiplier = 1
worker_disable_prefetch = _transport.is_redis(_values)
worker_send_task_events = True
worker_hijack_root_logger = False
worker_soft_shutdown_timeout = _values.soft_shutdown_seconds
worker_enable_soft_shutdown_on_idle = True
worker_cancel_long_running_tasks_on_connection_loss = True
worker_max_tasks_per_child = _values.worker_max_tasks_per_child
worker_max_memory_per_child = _values.worker_max_memory_mb * 1024

beat_scheduler = "orchestrator.scheduling.beat:LedgerScheduler"
beat_max_loop_interval = _values.beat_interval_seconds
imports = ("tasks",)
timezone = "UTC"
enable_utc = True
