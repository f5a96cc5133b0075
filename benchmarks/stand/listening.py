"""Word of ended runs, at once: a trigger on ``runs`` notifies whoever listens.

Waiting for a run through Celery polls twice a second; a benchmark needs to know when. What the trigger costs is the
system's under measure, and it helps it in nothing.
"""

from contextlib import suppress

import psycopg

CHANNEL = "benchmark_ended"
TELL = f"""
    CREATE OR REPLACE FUNCTION tell_end() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_notify('{CHANNEL}', NEW.id::text || ' ' || NEW.state); RETURN NULL; END $$;
    CREATE OR REPLACE TRIGGER tell_end AFTER UPDATE OF state ON runs
    FOR EACH ROW WHEN (OLD.state = 'running' AND NEW.state <> 'running') EXECUTE FUNCTION tell_end();
"""
"""Made by the tables' owner, once."""


class UnfinishedError(Exception):
    """A run ended otherwise than it should."""


class Listener:
    """Hears of ended runs, as they end."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(f"LISTEN {CHANNEL}")

    def ended(self, seconds: float) -> list[str]:
        """Wait so long for word, at most, and return the ids of runs that have ended."""
        told = [note.payload.partition(" ") for note in self._connection.notifies(timeout=seconds, stop_after=1)]
        wrong = [f"{run} is {state}" for run, _, state in told if state not in {"", "succeeded"}]
        if wrong:
            raise UnfinishedError(", ".join(wrong))
        return [run for run, _, _ in told]

    def close(self) -> None:
        """Stop listening."""
        with suppress(psycopg.Error):
            self._connection.close()


def plain(url: str) -> str:
    """Return an address as libpq spells it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
