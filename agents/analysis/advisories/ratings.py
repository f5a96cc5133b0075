"""How bad each database says that a flaw is: the one answer over all, and who says what where they do not agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from agents.analysis.advisories.names import Package
from agents.analysis.advisories.record import Advisory, Affected
from agents.analysis.severity import Assessment, assess


@dataclass(frozen=True)
class Rating:
    """What one record says."""

    id: str
    source: str
    assessment: Assessment

    @property
    def words(self) -> str:
        """The rating in a few words, e.g. ``GHSA-1 (github) says high, 7.5``."""
        score = "" if self.assessment.score is None else f", {self.assessment.score}"
        return f"{self.id} ({self.source or 'unknown source'}) says {self.assessment.severity}{score}"

    @property
    def data(self) -> dict[str, JsonValue]:
        """The rating's figures."""
        return {
            "id": self.id,
            "source": self.source,
            "severity": str(self.assessment.severity),
            "score": self.assessment.score,
        }


def rate(advisories: Sequence[Advisory], package: Package, *, malicious: bool) -> Assessment:
    """Return the severity over all records, and over what they say of this package."""
    said: list[Advisory | Affected] = [*advisories]
    for advisory in advisories:
        said += advisory.about(package)
    return assess(
        [pair for rating in said for pair in rating.severity],
        labels=[rating.label for rating in said if rating.label],
        malicious=malicious,
    )


def ratings(advisories: Iterable[Advisory], package: Package) -> tuple[Rating, ...]:
    """Return what each record that says anything says by itself, in the order of ids and sources."""
    said = {Rating(one.id, one.source, rate([one], package, malicious=False)) for one in advisories}
    told = (rating for rating in said if not rating.assessment.guessed)
    return tuple(sorted(told, key=lambda rating: (rating.id, rating.source, rating.assessment.severity.rank)))


def disputed(said: Sequence[Rating]) -> str:
    """Return who says what, where not all say the same severity; empty where they do."""
    if len({rating.assessment.severity for rating in said}) < 2:  # noqa: PLR2004  one alone contradicts nobody
        return ""
    return f"the databases rate it differently: {'; '.join(rating.words for rating in said)}"
