"""The Celery app, where ``celery -A orchestrator`` looks for it. Importing it opens nothing."""

from pathlib import Path

from celery import Celery, signals

import celeryconfig
from orchestrator import celery_guard
from orchestrator.settings import get_settings
from orchestrator.telemetry import configure_logging

app = Celery("lookout", set_as_current=True)
app.config_from_object(celeryconfig)
celery_guard.check_configuration(Path(celeryconfig.__file__), beside=Path(__file__))


@signals.setup_logging.connect(weak=False)
def _one_log_format(**_: object) -> None:
    """Keep Celery from taking over the root logger: one format, one redaction."""
    configure_logging(get_settings())
