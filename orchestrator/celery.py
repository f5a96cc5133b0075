"""The Celery app, where ``celery -A orchestrator`` looks for it. Importing it opens nothing."""

from pathlib import Path
from typing import Any

from celery import Celery, signals

import celeryconfig
from orchestrator import celery_guard
from orchestrator.ledger.canvas import check_task
from orchestrator.ledger.outliving import outlive_the_broker
from orchestrator.settings import get_settings
from orchestrator.telemetry import configure_logging


class LookoutApp(Celery):  # type: ignore[misc] # Celery has no types
    """An app whose senders cannot misspell: a task that no worker knows is refused before it is sent.

    A queue that is not in the catalogue is refused by Celery itself (``task_create_missing_queues``).
    """

    amqp_cls = "orchestrator.ledger.naming:NamedMessages"

    def send_task(self, name: str, *args: Any, **options: Any) -> Any:  # noqa: ANN401  Celery's own signature
        """Send a task by name. Raises ``UnknownTaskError``."""
        check_task(name)
        return super().send_task(name, *args, **options)


outlive_the_broker()
app = LookoutApp("lookout", set_as_current=True)
app.config_from_object(celeryconfig)
celery_guard.check_configuration(Path(celeryconfig.__file__), beside=Path(__file__))
celery_guard.check_backend(app)
# By name: only workers import them.
app.steps["consumer"].update(
    (
        "orchestrator.ledger.terms:Terms",
        "orchestrator.ledger.event_batches:EventBatches",
        "orchestrator.ledger.discretion:Discretion",
        "orchestrator.liveness.worker:SignsOfLife",
    )
)


@signals.celeryd_init.connect(weak=False)
def _no_queues_for_delays(**_: object) -> None:
    """Leave out what RabbitMQ would get for messages that we never send."""
    from orchestrator.ledger.terms import leave_out_delays  # noqa: PLC0415  only workers import it

    leave_out_delays()


@signals.setup_logging.connect(weak=False)
def _one_log_format(**_: object) -> None:
    """Keep Celery from taking over the root logger: one format, one redaction."""
    configure_logging(get_settings())
