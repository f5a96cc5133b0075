"""One look at one target: what every reader is handed, and the values it builds from that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from agents.contract import Coverage, CoverageState, Quarantined, StopSignal, Target
from agents.errors import BadEvidenceError
from agents.sources.collected import RAW_LIMIT
from agents.sources.stopping import stop_here
from agents.sources.text import clean, clean_line

KEY_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The target, the step's clock, how far each source was read before, and the signal to stop."""

    target: Target
    now: datetime
    stop: StopSignal
    cursors: Mapping[str, JsonValue] = field(default_factory=dict)

    def cursor(self, source: str) -> Mapping[str, JsonValue]:
        """Return what the source's last look left; empty where there was none, or it is of a form unknown here."""
        value = self.cursors.get(source)
        return value if isinstance(value, dict) else {}

    def whole_number(self, option: str, *, default: int) -> int:
        """Return an option of the target that must be a whole number above zero; else ``BadEvidenceError``."""
        value = self.target.options.get(option, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise BadEvidenceError(
                f"target {self.target.id}, option {option}: {value!r} is not a whole number above zero; "
                f"give one, or leave the option out to have {default}"
            )
        return value

    def go_on(self, *, doing: str) -> None:
        """Raise ``StoppedError`` where the step was told to stop."""
        stop_here(self.stop, doing=f"{doing} of {self.target.label}")

    def coverage(self, source: str, state: CoverageState, *, items: int = 0, detail: str = "") -> Coverage:
        """Return what was seen of a source of this target, as of now; nothing was looked at: as of never."""
        looked = state is not CoverageState.NOT_COLLECTED
        return Coverage(
            source=source,
            subject=self.target.id,
            state=state,
            items=items,
            as_of=self.now if looked else None,
            detail=detail,
        )

    def quarantine(self, source: str, *, key: str, reason: str, raw: str = "") -> Quarantined:
        """Return an item of this target that could not be read."""
        return Quarantined(
            target=self.target.id,
            source=source,
            key=clean_line(key, limit=KEY_LIMIT),
            reason=clean_line(reason, limit=RAW_LIMIT),
            raw=clean(raw, limit=RAW_LIMIT),
        )


def counted(number: int, noun: str) -> str:
    """Return ``1 file`` or ``1,200 files``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sentence(*parts: str) -> str:
    """Join the parts that say something into one detail."""
    return "; ".join(part for part in parts if part)
