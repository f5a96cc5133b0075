"""What a watchlist costs: requests by service, in a day and in the busiest hour, against what is allowed."""

from pathlib import Path

from orchestrator.planning.costs import Cost, costs
from orchestrator.planning.watchlist import parse_watchlist


def cost(*entries: str, token: bool = False, indexes: tuple[str, ...] = (), defaults: str = "") -> dict[str, Cost]:
    """Return the costs of a watchlist with these targets, by service."""
    document = "\n".join([defaults, "targets:", *(f"  - {{{entry}}}" for entry in entries)])
    watchlist = parse_watchlist(document, path=Path("/srv/w.yaml"))
    return {one.service: one for one in costs(watchlist, token=token, indexes=frozenset(indexes))}


def test_what_lies_on_this_machine_costs_nothing() -> None:
    assert cost("git: a", "sbom: b", "advisories: ./c") == {}


def test_fifteen_repositories_fit_into_an_hour_without_a_token() -> None:
    # Given fifteen repositories that are looked at once a day
    found = cost(*(f"github: a/r{number}" for number in range(15)))["github"]
    # Then each costs four requests, and all of them an hour's worth
    assert (found.targets, found.first, found.again, found.busiest_hour) == (15, 60, 60, 60)
    assert found.fits
    assert found.first_hours == 0


def test_looks_that_are_too_many_do_not_fit_and_take_hours() -> None:
    found = cost(*(f"github: a/r{number}" for number in range(40)))["github"]
    assert not found.fits
    assert found.first_hours == 3


def test_a_token_reads_further_back_and_more_often() -> None:
    # Given a token, and an age of a quarter of an hour
    found = cost("github: a/b, max_age: 15m", token=True)["github"]
    # Then the first look reads 20, 3 and 10 pages beside two requests, later ones five, four times an hour
    assert (found.first, found.again, found.per_day, found.busiest_hour) == (35, 5, 480, 20)
    assert found.allowed_per_hour == 5_000


def test_a_targets_own_limits_are_counted() -> None:
    found = cost("github: a/b, options: {max_commits: 250, max_issues: many}")["github"]
    assert found.first == 1 + 3 + 1 + 1


def test_each_service_is_counted_for_itself() -> None:
    # Given packages, a lock file, a feed and both services, at times of the clock
    found = cost(
        "package: pypi/a",
        "package: npm/b",
        "sbom: c",
        "git: d, look: [health]",
        "feed: 'https://example.org/f', cron: '0 */6 * * *'",
        "advisories: osv",
        "advisories: kev",
        indexes=("pypi",),
    )
    # Then the service is asked about what is compared, and an index only where it is set up
    assert {name: (one.targets, one.per_day) for name, one in found.items()} == {
        "pypi index": (1, 1),
        "osv": (3, 3),
        "kev": (1, 1),
        "feeds": (1, 4),
    }
    assert found["osv"].allowed_per_hour is None
    assert found["osv"].fits
