"""The rules of a watchlist: read, and refused with line, field, value and remedy."""

from pathlib import Path

import pytest

from agents.contract import Severity
from orchestrator.domain.responses import Change, Condition, FollowUp, Rule, Webhook
from orchestrator.domain.triggers import Priority
from orchestrator.doors import RefusedError, read_payload
from orchestrator.errors import PlanningError, WatchlistError
from orchestrator.planning.options import read_options
from orchestrator.planning.watchlist import parse_watchlist

TARGETS = "targets: [{git: a}]\n"
WHOLE = """\
respond:
  - name: page
    when: {kind: [security.*, github.archived], severity: high, tier: critical, new: yes}
    webhook: {url: 'https://hooks.example.org/x', secret: ops}
    dry_run: false
  - name: look-again
    follow_up: {look: exposure, priority: high}
  - name: closer
    when: {kind: security.vulnerable_dependency}
    change: {tier: critical, max_age: 1h}
"""


def test_rules_say_when_and_what_and_are_rehearsals_unless_they_say_otherwise() -> None:
    # Given a file with one rule of each kind, when it is read
    watchlist = parse_watchlist(TARGETS + WHOLE, path=Path("/w.yaml"))
    # Then each rule says what the file says
    assert watchlist.respond == (
        Rule(
            name="page",
            when=Condition(
                kinds=("security.*", "github.archived"), severity=Severity.HIGH, tiers=("critical",), new=True
            ),
            then=Webhook(url="https://hooks.example.org/x", secret="ops"),
            dry_run=False,
        ),
        Rule(name="look-again", then=FollowUp(look=("exposure",), priority=Priority.HIGH)),
        Rule(
            name="closer",
            when=Condition(kinds=("security.vulnerable_dependency",)),
            then=Change(tier="critical", max_age_seconds=3_600),
        ),
    )
    # And they travel with a trigger and come back as they were
    assert read_options(watchlist.carried).respond == watchlist.respond


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ("- follow_up: {}", "respond[1]: has no name"),
        ("- name: a", "respond[1]: says not what to do"),
        ("- {name: a, follow_up: {}, webhook: {url: 'https://x.org'}}", "does 'follow_up' and 'webhook' at once"),
        ("- {name: A b, follow_up: {}}", "respond[1].name: 'A b' is no name"),
        ("- {name: a, follow_up: {}}\n  - {name: a, follow_up: {}}", "is a second rule called 'a'"),
        ("- {name: a, webhook: {}}", "says not whom to call"),
        ("- {name: a, webhook: {url: 'ftp://x.org'}}", "is no address"),
        ("- {name: a, webhook: {url: 'https://x.org:99999/'}}", "is no address"),
        ("- {name: a, webhook: {url: 'https://u:p@x.org'}}", "holds a user or a password"),
        ("- {name: a, webhook: {url: 'https://x.org/#a'}}", "ends in a '#' part"),
        ("- {name: a, webhook: {url: 'https://x.org/a b'}}", "blanks escaped as %20"),
        ("- {name: a, change: {}}", "changes nothing; give 'tier'"),
        ("- {name: a, change: {tier: vital}}", "is no tier; known: critical"),
        ("- {name: a, change: {max_age: soon}}", "is no span of time"),
        ("- {name: a, follow_up: {priority: hihg}}", "did you mean 'high'?"),
        ("- {name: a, follow_up: {look: helth}}", "did you mean 'health'?"),
        ("- {name: a, follow_up: {}, when: {severity: bad}}", "is no severity"),
        ("- {name: a, follow_up: {}, when: {kind: '*'}}", "is no kind of finding"),
        ("- {name: a, follow_up: {}, dry_run: perhaps}", "is neither true nor false"),
        ("- {name: a, follow_up: {}, wen: {}}", "did you mean 'when'?"),
        ("a: 1", "is a mapping, not a list"),
    ],
)
def test_each_fault_is_said_with_its_place_its_value_and_the_remedy(rules: str, fault: str) -> None:
    # Given a rule with one fault, when the file is read, then the error says where and what
    with pytest.raises(WatchlistError) as caught:
        parse_watchlist(f"{TARGETS}respond:\n  {rules}\n", path=Path("/w.yaml"))
    assert fault in str(caught.value)
    assert "/w.yaml:" in str(caught.value)


def test_a_list_of_rules_has_a_limit() -> None:
    # Given a hundred and one rules, when the file is read, then it is refused
    rules = "".join(f"  - {{name: r{number}, follow_up: {{}}}}\n" for number in range(101))
    with pytest.raises(WatchlistError, match="more than the limit of 100"):
        parse_watchlist(f"{TARGETS}respond:\n{rules}", path=Path("/w.yaml"))


@pytest.mark.parametrize("value", ["x", [], [{"name": "a"}], [{"name": "a", "then": {"does": "change"}}]])
def test_rules_that_come_as_an_option_are_checked_as_well(value: object) -> None:
    with pytest.raises(PlanningError, match=r"options\.respond"):
        read_options({"respond": value})  # type: ignore[dict-item]


def test_a_message_cannot_bring_rules_of_its_own() -> None:
    # Given a message from another service with a rule in it, when it is read, then it is refused, whatever it says
    with pytest.raises(RefusedError, match="come from a watchlist"):
        read_payload({"kind": "monitor", "options": {"respond": []}})
