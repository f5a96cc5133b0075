"""What a watchlist costs at outside services: requests at the first look, in a day, and in the busiest hour.

By the documentation of each service: GitHub allows 60 requests an hour to who does not say who they are, and 5,000 to a
token; what has not changed is told with 304 and costs a token nothing. OSV and the list of exploited flaws name no
limit. All targets of one rhythm are looked at in the same hour.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from agents.contract import Target, TargetKind
from agents.sources.named import KEV, OSV
from orchestrator.domain.watchlist import Watchlist
from orchestrator.planning.crons import Cron
from orchestrator.planning.looks import EXPOSURE, looks_of

DAY, HOUR = 86_400, 3_600
PER_HOUR_WITH_TOKEN, PER_HOUR_WITHOUT = 5_000, 60
_PAGE = 100
_LISTS: Mapping[str, int] = {"max_commits": 2_000, "max_releases": 300, "max_issues": 1_000}
"""Lists of a repository, and how many items of each are read at most where a token is there."""


@dataclass(frozen=True)
class Cost:
    """Requests to one service."""

    service: str
    targets: int
    first: int
    """At the first look, at most."""
    again: int
    """At each later look at everything."""
    per_day: int
    busiest_hour: int
    allowed_per_hour: int | None = None
    """None where the service names no limit."""

    @property
    def fits(self) -> bool:
        """Whether no look has to wait for the service's limit, but for the first."""
        return self.allowed_per_hour is None or self.busiest_hour <= self.allowed_per_hour

    @property
    def first_hours(self) -> int:
        """How many hours the first look takes by the service's limit; 0 where it need not wait."""
        if self.allowed_per_hour is None or self.first <= self.allowed_per_hour:
            return 0
        return ceil(self.first / self.allowed_per_hour)


@dataclass(frozen=True)
class _Asks:
    """What one look at a target asks of a service."""

    service: str
    first: int
    again: int


def costs(watchlist: Watchlist, *, token: bool, indexes: frozenset[str]) -> tuple[Cost, ...]:
    """Return what each service is asked, by the services' names; ``indexes`` are the ecosystems whose index is set."""
    asked = any(target.kind is TargetKind.ADVISORIES and target.location == OSV for target in watchlist.targets)
    sums: dict[str, list[tuple[_Asks, float]]] = defaultdict(list)
    for target in watchlist.targets:
        for asks in _of(target, token=token, asked=asked, indexes=indexes):
            sums[asks.service].append((asks, _every(watchlist, target)))
    allowed = {"github": PER_HOUR_WITH_TOKEN if token else PER_HOUR_WITHOUT}
    return tuple(_cost(name, found, allowed=allowed.get(name)) for name, found in sorted(sums.items()))


def _cost(service: str, found: list[tuple[_Asks, float]], *, allowed: int | None) -> Cost:
    """Return the sum over a service's targets."""
    return Cost(
        service=service,
        targets=len(found),
        first=sum(asks.first for asks, _ in found),
        again=sum(asks.again for asks, _ in found),
        per_day=ceil(sum(asks.again * DAY / every for asks, every in found)),
        busiest_hour=ceil(sum(asks.again * max(1.0, HOUR / every) for asks, every in found)),
        allowed_per_hour=allowed,
    )


def _of(target: Target, *, token: bool, asked: bool, indexes: frozenset[str]) -> Iterable[_Asks]:
    """Yield what one look at a target asks of each service."""
    if target.kind is TargetKind.GITHUB:
        parts = 1 + len(_LISTS) + token
        first = 1 + token + sum(_pages(target, option, most if token else _PAGE) for option, most in _LISTS.items())
        yield _Asks("github", first, parts)
    elif target.kind is TargetKind.FEED:
        yield _Asks("feeds", 1, 1)
    elif target.kind is TargetKind.ADVISORIES and target.location == KEV:
        yield _Asks("kev", 1, 1)
    elif target.kind is TargetKind.PACKAGE and target.location.partition("/")[0] in indexes:
        yield _Asks(f"{target.location.partition('/')[0]} index", 1, 1)
    if asked and target.kind is not TargetKind.ADVISORIES and EXPOSURE in looks_of(target):
        yield _Asks("osv", 1, 1)


def _pages(target: Target, option: str, most: int) -> int:
    """Return how many pages of a list are read at most; an option that cannot be is refused when it is collected."""
    value = target.options.get(option, most)
    return max(1, ceil((value if isinstance(value, int) else most) / _PAGE))


def _every(watchlist: Watchlist, target: Target) -> float:
    """Return about how many seconds lie between two looks at a target."""
    timing = watchlist.timing_of(target)
    return Cron(timing.cron, timing.zone).spacing_seconds if timing.cron else target.max_age_seconds
