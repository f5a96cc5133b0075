"""Times, ids and addresses as the services write them. Their hosts are nobody's."""

from base64 import b64encode
from datetime import datetime
from email.utils import format_datetime

from orchestrator.recordings.incident.lots import number

API, WEB = "https://api.github.example", "https://github.example"
"""Where the code host says that it is, in what it sends; whoever asks it comes to the replay."""
BLOG, FILES = "https://blog.quillmoor.example", "https://files.packages.example"


def iso(at: datetime) -> str:
    """Return a time in UTC to the second, as most services write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_iso(at: datetime | None) -> str | None:
    """Return a time, or none."""
    return None if at is None else iso(at)


def http_date(at: datetime) -> str:
    """Return a time as headers and RSS write it."""
    return format_datetime(at, usegmt=True)


def id_of(*words: object) -> int:
    """Return the number that the code host knows something by: ten digits at most, always the same."""
    return 100_000_000 + number("id", *words, below=899_999_999)


def node_id(*words: object) -> str:
    """Return the other name that the code host gives to everything."""
    return b64encode(f"{words[0]}:{id_of(*words)}".encode()).decode()
