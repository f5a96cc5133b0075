"""From rules and findings to actions: which findings a rule is for, who decides, what limits hold back, and the id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Finding, Severity
from orchestrator.domain.responses import (
    ActionKind,
    ActionState,
    Change,
    Condition,
    FollowUp,
    Rule,
    Webhook,
)
from orchestrator.ledger.decisions import Backoff
from orchestrator.oversight.bands import Band, band
from orchestrator.response.contract import ActionError, ActionPutOffError, ActionRefusedError
from orchestrator.response.deciding import Fate, Tries, after_error
from orchestrator.response.matching import Found, matches
from orchestrator.response.proposing import DEEPEST, Allowance, Grounds, Proposals, action_id, candidates, propose
from orchestrator.response.wording import deed_words

PLENTY = Allowance(actions=100, follow_ups=100)
SURE = Grounds(Band.AUTONOMOUS, confidence=0.95, depth=0)
CALL = Webhook(url="https://hooks.example.org/x")


def finding(claim: str = "c", *, kind: str = "security.flaw", severity: Severity = Severity.HIGH) -> Finding:
    return Finding(kind=kind, target="git:/a", claim=claim, severity=severity, confidence=1, title="t")


def found(each: Finding | None = None, *, tier: str = "critical", new: bool = True) -> Found:
    return Found(each or finding(), tier=tier, new=new)


def rule(name: str = "r", **given: object) -> Rule:
    return Rule.model_validate({"name": name, "then": CALL, "dry_run": False, **given})


def proposed(rules: list[Rule], each: list[Found], *, grounds: Grounds = SURE, left: Allowance = PLENTY) -> Proposals:
    return propose(candidates(rules, each, tenant="default"), grounds=grounds, left=left)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (Condition(kinds=("security.flaw",)), True),
        (Condition(kinds=("github.x", "security.*")), True),
        (Condition(kinds=("security.flaws",)), False),
        (Condition(kinds=("secur.*",)), False),
        (Condition(severity=Severity.HIGH), True),
        (Condition(severity=Severity.CRITICAL), False),
        (Condition(tiers=("tools", "critical")), True),
        (Condition(tiers=("tools",)), False),
        (Condition(new=True), False),
    ],
)
def test_all_that_a_condition_says_must_hold(condition: Condition, *, holds: bool) -> None:
    # Given a high finding of security.flaw on a critical target that was known before
    assert matches(condition, found(new=False)) is holds


@pytest.mark.parametrize(
    ("confidence", "state"),
    [
        (1.0, ActionState.DUE),
        (0.9, ActionState.DUE),
        (0.8, ActionState.DUE),
        (0.7, ActionState.CHECKING),
        (0.69, ActionState.WAITING),
        (0.0, ActionState.WAITING),
    ],
)
def test_the_band_of_the_confidence_says_who_decides(confidence: float, state: ActionState) -> None:
    # Given a synthesis that is so sure, when a rule matches, then the action begins where its band puts it
    grounds = Grounds(band(confidence), confidence=confidence, depth=0)
    (action,) = proposed([rule()], [found()], grounds=grounds).actions
    assert action.state is state
    assert str(grounds.band) in action.why


def test_a_rule_is_a_rehearsal_until_it_says_otherwise_and_the_real_one_is_another_action() -> None:
    # Given a rule that says nothing of it, and the same rule meant seriously
    quiet, real = Rule(name="r", then=CALL), rule()
    # When both match, then the first is only written down, and does not stand in the second one's way
    first, second = proposed([quiet, real], [found()]).actions
    assert (first.state, second.state) == (ActionState.REHEARSED, ActionState.DUE)
    assert first.id != second.id


def test_the_id_is_of_what_is_done_and_to_what_and_not_of_the_condition() -> None:
    # Given a rule and a finding
    mine = action_id(rule(), finding(), tenant="default")
    # Then a looser condition, or worse news of the same finding, has the same id
    assert action_id(rule(when=Condition(new=True)), finding(), tenant="default") == mine
    assert action_id(rule(), finding(severity=Severity.CRITICAL), tenant="default") == mine
    # And another name, deed, finding or tenant has another
    others = [
        action_id(rule("other"), finding(), tenant="default"),
        action_id(rule(then=Webhook(url="https://hooks.example.org/y")), finding(), tenant="default"),
        action_id(rule(), finding("d"), tenant="default"),
        action_id(rule(), finding(), tenant="other"),
    ]
    assert len({mine, *others}) == 5


@given(st.permutations([finding(claim) for claim in "abcdef"]), st.integers(0, 8))
def test_the_order_of_findings_decides_nothing_and_limits_are_kept(order: list[Finding], most: int) -> None:
    # Given findings in any order, and a limit
    left = Allowance(actions=most, follow_ups=0)
    # When a rule matches them all
    result = proposed([rule()], [found(each) for each in order], left=left)
    # Then as many actions as the limit lets come of it, always the same ones, and the others are counted
    same = proposed([rule()], [found(finding(claim)) for claim in "abcdef"], left=left)
    assert [action.id for action in result.actions] == [action.id for action in same.actions]
    assert len(result.actions) == min(most, 6)
    assert sum(result.held_back.values()) == 6 - len(result.actions)
    assert (result.note is None) == (most >= 6)


def test_follow_ups_end_somewhere_and_have_a_limit_of_their_own() -> None:
    # Given rules that start a run and call somebody
    both = [rule("again", then=FollowUp()), rule("call")]
    # When the run is itself the last follow-up that may be
    deep = proposed(both, [found()], grounds=Grounds(Band.AUTONOMOUS, 0.95, depth=DEEPEST))
    # Then only the call is made, and it is said why
    assert [action.kind for action in deep.actions] == [ActionKind.WEBHOOK]
    assert "follow-up number 3" in str(deep.note)
    # And where today's are used up, the same
    spent = proposed(both, [found()], left=Allowance(actions=9, follow_ups=0))
    assert [action.kind for action in spent.actions] == [ActionKind.WEBHOOK]
    assert "follow_ups_per_day" in str(spent.note)


def test_one_run_rehearses_only_so_much() -> None:
    # Given a rehearsal and room for one, when two findings match, then one is written down and no real limit is touched
    left = Allowance(actions=0, follow_ups=0, rehearsals=1)
    result = proposed([Rule(name="r", then=FollowUp())], [found(), found(finding("d"))], left=left)
    assert [action.state for action in result.actions] == [ActionState.REHEARSED]
    assert "rehearses at most" in str(result.note)


def test_what_failed_is_tried_again_later_until_its_tries_are_used_up() -> None:
    # Given three tries and a back-off of 2 s
    tries = Tries(failures=3, losses=10, backoff=Backoff(multiplier=2, max=300))
    # Then the waits double, the third failure is the last, and what cannot be done fails at once
    assert after_error(ActionError("x"), failures=0, tries=tries, chance=0.5) == Fate(ActionState.DUE, wait=2.0)
    assert after_error(ActionError("x"), failures=1, tries=tries, chance=0.5) == Fate(ActionState.DUE, wait=4.0)
    assert after_error(ActionError("x"), failures=2, tries=tries, chance=0.5) == Fate(ActionState.FAILED)
    assert after_error(ActionRefusedError("x"), failures=0, tries=tries, chance=0.5) == Fate(ActionState.FAILED)
    # And where there was no room, it comes back at its time, however often: that is no failure
    full = ActionPutOffError("x", seconds=60)
    assert after_error(full, failures=2, tries=tries, chance=0.5) == Fate(ActionState.DUE, wait=60, failures=0)


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        (FollowUp(), "start a run about the target"),
        (FollowUp(look=("health", "exposure")), "start a run about the target (health, exposure)"),
        (
            Change(tier="critical", max_age_seconds=3_600),
            "put the target into the tier critical and look at the target every 1h",
        ),
        (
            Webhook(url="https://hooks.example.org/token/abc", secret="ops"),
            "call the webhook at hooks.example.org (secret 'ops')",
        ),
    ],
)
def test_an_action_is_told_in_the_rules_own_words_and_an_address_only_by_its_host(
    deed: FollowUp | Change | Webhook, words: str
) -> None:
    assert deed_words(deed.does, deed.model_dump(mode="json")) == words
