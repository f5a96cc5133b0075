"""Flower's own kind of configuration file: it runs this, and takes what is named as one of its options is.

celery -A orchestrator flower --conf=orchestrator/flowerconfig.py --address=127.0.0.1
"""

from click import ClickException as _Refused
from tornado.options import options as _given

from orchestrator import flower_view as _view
from orchestrator.errors import SettingsError as _SettingsError
from orchestrator.settings import get_settings as _get_settings

# Whoever may look may not stop workers or send tasks: its API could do both.
read_only = True
tasks_columns = _view.COLUMNS
format_task = _view.readable
_view.show_every_queue()

try:
    _known = _view.credentials(_get_settings())
    if not (_known or _given.basic_auth or _given.auth or _given.unix_socket):
        _view.require_password(_given.address)
except _SettingsError as _error:
    raise _Refused(str(_error)) from None
if _known:
    basic_auth = _known
