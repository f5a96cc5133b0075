"""From a run's end to what another service hears: once under one id, whoever dies in between."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from support.responses import Ended, Receiver, finding, rows, told
from support.stages import Stage

from agents.contract import Severity
from orchestrator.domain.responses import ActionKind, ActionState, FollowUp, Rule, Webhook
from orchestrator.errors import ActionRetryError, ActionUndoError, UnknownActionError
from orchestrator.ledger.decisions import Backoff
from orchestrator.oversight.answering import answer
from orchestrator.oversight.escalating import Escalation
from orchestrator.oversight.escalating import Terms as EscalationTerms
from orchestrator.response import considering, settling
from orchestrator.response.considering import Terms, consider, consider_ended
from orchestrator.response.contract import Order
from orchestrator.response.deciding import Tries
from orchestrator.response.executing import Executor
from orchestrator.response.looking import second_look
from orchestrator.response.reading import find_action, held_back, list_actions, read_action
from orchestrator.response.rehearsing import rehearse
from orchestrator.response.responder import TURN, Responder
from orchestrator.response.retrying import retry
from orchestrator.response.settling import settle
from orchestrator.response.undoing import undo
from orchestrator.response.webhooks.action import CallWebhook
from orchestrator.response.webhooks.calling import Caller
from orchestrator.response.webhooks.destination import Allowed
from orchestrator.scheduling.leader import Leader

KEY = b"abcdefghijklmnopqrstuvwxyz012345"
TERMS = Terms()
_CLAIMS = "SELECT finding ->> 'claim' AS claim, state, why FROM actions"


def webhook(receiver: Receiver) -> CallWebhook:
    allowed = Allowed(private=frozenset({f"127.0.0.1:{receiver.port}"}))
    return CallWebhook(keys={"ops": (KEY,)}, allowed=allowed, post=Caller(seconds=5).post)


def executor(stage: Stage, receiver: Receiver, *, owner: str = "one", lease: float = 60, attempts: int = 5) -> Executor:
    tries = Tries(failures=3, losses=attempts, backoff=Backoff(multiplier=0, max=0))
    return Executor(
        stage.engine, {ActionKind.WEBHOOK: webhook(receiver)}, tries=tries, owner=owner, lease_seconds=lease
    )


def turn(stage: Stage, *, owner: str = "one") -> Leader:
    return Leader(stage.engine, owner=owner, seconds=60, name=TURN)


def call(receiver: Receiver, *, path: str = "", secret: str = "ops", dry_run: bool = False) -> Rule:  # noqa: S107  a name
    return Rule(name="tell", then=Webhook(url=receiver.url + path, secret=secret), dry_run=dry_run)


def states(stage: Stage) -> list[ActionState]:
    with stage.engine.connect() as conn:
        return [line.state for line in list_actions(conn)]


def audit(stage: Stage) -> list[tuple[str, str]]:
    return [(row.who, row.state) for row in rows(stage, "SELECT who, state FROM action_audit ORDER BY id")]


def test_a_finding_becomes_a_signed_call_and_the_same_finding_calls_nobody_again(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given a run with a rule and a finding whose title tries to lead elsewhere
    run = ended.run(call(receiver), found=(finding(),))
    # When the run is considered and what is due is done
    assert consider_ended(stage.engine, terms=TERMS) == 1
    assert executor(stage, receiver).run() == 1
    # Then the rule's address got one call, with the finding as data and the three headers
    ((headers, body),) = receiver.calls
    said = told(body)
    assert (said["finding"]["kind"], said["finding"]["severity"], said["run"]) == ("security.flaw", "high", str(run))
    assert said["id"] == headers["webhook-id"]
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    # And the audit says who did what
    assert audit(stage) == [("rule tell", "due"), ("one", "done")]
    # And when the next run finds the same, nothing more comes of it
    ended.run(call(receiver), found=(finding(),))
    assert consider_ended(stage.engine, terms=TERMS) == 0
    assert consider_ended(stage.engine, terms=TERMS) == 0
    assert executor(stage, receiver).run() == 0
    # And no secret is kept anywhere
    kept = rows(stage, "SELECT a::text AS words FROM actions a UNION ALL SELECT b::text FROM action_audit b")
    assert not any("abcdefghij" in row.words or "YWJj" in row.words for row in kept)


def test_who_dies_between_the_call_and_the_record_has_it_repeated_under_the_same_id(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given an action whose first holder loses its lease while the receiver still thinks
    ended.run(call(receiver), found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    first, second = executor(stage, receiver, owner="first"), executor(stage, receiver, owner="second")

    def lose_the_lease_and_let_another_do_it() -> None:
        receiver.meanwhile = lambda: None
        with stage.engine.begin() as conn:
            conn.execute(text("UPDATE actions SET lease_until = now() - interval '1 s'"))
        assert second.run_one()

    receiver.meanwhile = lose_the_lease_and_let_another_do_it
    # When the first one's answer comes at last
    assert first.run_one()
    # Then the receiver heard it twice under one id, with the same words
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    assert receiver.calls[0][1] == receiver.calls[1][1]
    # And only the holder's record counts
    assert audit(stage) == [("rule tell", "due"), ("second", "done")]
    assert [row.attempt for row in rows(stage, "SELECT attempt FROM actions")] == [2]


def test_a_receiver_that_is_away_is_called_again_until_the_tries_are_used_up(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given a receiver that fails twice and then works, when what is due is done, then the third call is the one
    ended.run(call(receiver), found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    receiver.answers = [503, 429]
    assert executor(stage, receiver).run() == 3
    assert states(stage) == [ActionState.DONE]
    assert len(set(receiver.ids)) == 1
    # And one that never works is given up, with what it said
    ended.run(call(receiver, path="2"), found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    receiver.answers = [500, 500, 500]
    assert executor(stage, receiver).run() == 3
    assert states(stage)[0] is ActionState.FAILED
    with stage.engine.connect() as conn:
        assert "answered 500" in str(list_actions(conn)[0].error)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(302, "redirects are not followed"), (404, "look at the receiver"), (410, "look at the receiver")],
)
def test_an_answer_that_no_further_call_would_change_ends_it(
    stage: Stage, ended: Ended, receiver: Receiver, status: int, hint: str
) -> None:
    # Given a receiver that sends callers elsewhere, or does not know them
    ended.run(call(receiver), found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    receiver.answers = [status]
    receiver.headers = {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    # When it is called, then once, and the reason is kept
    assert executor(stage, receiver).run() == 1
    assert len(receiver.calls) == 1
    with stage.engine.connect() as conn:
        (line,) = list_actions(conn)
    assert line.state is ActionState.FAILED
    assert hint in str(line.error)
    # And a person hears of it, and can have it tried again once the receiver is back, under the same id
    signs = Escalation(EscalationTerms(), specs={})
    assert signs.sweep(stage.engine) == 1
    (asked,) = rows(stage, "SELECT key, question FROM approvals")
    assert asked.key == "escalation:integration:webhook"
    assert f"answered {status}" in asked.question
    receiver.answers = []
    assert retry(stage.engine, line.id, who="ada", why="it is back") == line.id
    assert executor(stage, receiver).run() == 1
    assert (states(stage), len(set(receiver.ids))) == ([ActionState.DONE], 1)


def test_an_unknown_secret_and_a_host_that_is_not_allowed_fail_before_any_call(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given a rule with a secret that nobody set, and one for a loopback port that nobody allowed
    elsewhere = Rule(name="inside", then=Webhook(url="https://127.0.0.1:1/", secret="ops"), dry_run=False)
    ended.run(call(receiver, secret="none"), elsewhere, found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    # When they are done, then both fail, each with its remedy, and nobody is called
    assert executor(stage, receiver).run() == 2
    assert states(stage) == [ActionState.FAILED, ActionState.FAILED]
    assert receiver.calls == []
    with stage.engine.connect() as conn:
        errors = sorted(str(line.error) for line in list_actions(conn))
    assert "webhook_private_hosts" in errors[1] or "webhook_private_hosts" in errors[0]
    assert any("webhook_secrets" in error for error in errors)


def test_the_bands_decide_who_decides(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given two runs at the checkpoint, one of whose findings names no evidence
    ended.run(call(receiver, path="1"), found=(finding(),), sure=0.75)
    ended.run(call(receiver, path="2"), found=(finding(evidence=()),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    assert states(stage) == [ActionState.CHECKING, ActionState.CHECKING]
    # When they get a second look
    settle(stage.engine, second_look=second_look)
    # Then the first is due, and the other refused with the reason
    found = {row.state: row.why for row in rows(stage, "SELECT state, why FROM actions")}
    assert set(found) == {"due", "refused"}
    assert "names no evidence" in found["refused"]


@pytest.mark.parametrize("bad", ["UPDATE actions SET finding = '{}'", "UPDATE steps SET result = '{\"metrics\": 1}'"])
def test_an_action_that_cannot_be_settled_holds_up_no_other(
    stage: Stage, ended: Ended, receiver: Receiver, bad: str
) -> None:
    # Given two actions at the checkpoint, the first of which another version wrote
    ended.run(call(receiver, path="1"), found=(finding("a"),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    with stage.engine.begin() as conn:
        conn.execute(text(bad))
    ended.run(call(receiver, path="2"), found=(finding("b"),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    # When they are settled, then the other one is
    settle(stage.engine, second_look=second_look)
    assert states(stage)[0] is ActionState.DUE
    # And trouble of the database with one is no other's either
    ended.run(call(receiver, path="3"), found=(finding("c"),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)

    def look(conn: Connection, order: Order) -> tuple[str, ...]:
        if order.finding.claim != "c":
            conn.execute(text("SELECT 1 / 0"))
        return ()

    assert settle(stage.engine, second_look=look) == 1
    assert states(stage)[0] is ActionState.DUE


def test_a_whole_lot_that_cannot_be_settled_hides_no_answer_behind_it(
    stage: Stage, ended: Ended, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given as many actions that this version cannot read as one lot has, and then one that a person has approved
    monkeypatch.setattr(settling, "_LOT", 2)
    ended.run(call(receiver, path="1"), found=(finding("a"), finding("b")), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE actions SET finding = '{}'"))
    ended.run(call(receiver, path="2"), found=(finding("c"),), sure=0.4)
    consider_ended(stage.engine, terms=TERMS)
    (asked,) = rows(stage, "SELECT id FROM approvals")
    answer(stage.engine, asked.id, value="approve", who="ada", why="seen")
    # And a finding that gets a second look after it
    ended.run(call(receiver, path="3"), found=(finding("d"),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    # When they are settled, then those two are, once
    assert [settle(stage.engine, second_look=second_look) for _ in range(2)] == [2, 0]
    assert states(stage) == [ActionState.DUE, ActionState.DUE, ActionState.CHECKING, ActionState.CHECKING]


def test_what_jumped_since_the_run_before_passes_no_second_look(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a claim that was low in the run before, and one that was high already
    ended.run(found=(finding("a", severity=Severity.INFO), finding("b", severity=Severity.HIGH)))
    ended.run(call(receiver), found=(finding("a"), finding("b")), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    # When they get a second look
    settle(stage.engine, second_look=second_look)
    # Then the one that jumped is refused, and says why
    found = {row.claim: (row.state, row.why) for row in rows(stage, _CLAIMS)}
    assert found["b"][0] == "due"
    assert found["a"][0] == "refused"
    assert "jumped to high since the run before" in found["a"][1]


@pytest.mark.parametrize(("value", "state"), [("approve", ActionState.DUE), ("reject", ActionState.REFUSED)])
def test_a_person_decides_where_the_synthesis_is_not_sure(
    stage: Stage, ended: Ended, receiver: Receiver, value: str, state: ActionState
) -> None:
    # Given a run that is not sure
    ended.run(call(receiver), found=(finding(),), sure=0.4)
    consider_ended(stage.engine, terms=TERMS)
    settle(stage.engine, second_look=second_look)
    (asked,) = rows(stage, "SELECT id, question, run_id FROM approvals")
    assert states(stage) == [ActionState.WAITING]
    assert "call the webhook at 127.0.0.1" in asked.question
    # When a person answers
    answer(stage.engine, asked.id, value=value, who="ada", why="seen")
    settle(stage.engine, second_look=second_look)
    # Then that holds, with whose word it was
    assert states(stage) == [state]
    assert audit(stage)[-1] == ("ada", str(state))
    # And what a person refused is not tried again
    (name,) = [row.id for row in rows(stage, "SELECT id FROM actions")]
    with pytest.raises(ActionRetryError, match=f"is {state}, not failed"):
        retry(stage.engine, name, who="bob", why="")


def test_what_nobody_answers_in_time_is_not_done(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given an action that waits for a person, and a day that passes
    ended.run(call(receiver), found=(finding(),), sure=0.4)
    consider_ended(stage.engine, terms=TERMS)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE approvals SET expires_at = now() - interval '1 s'"))
    # When it is looked at, then it has expired, by nobody's word
    settle(stage.engine, second_look=second_look)
    assert states(stage) == [ActionState.EXPIRED]
    assert audit(stage)[-1] == ("nobody", "expired")


def test_a_question_that_was_pruned_will_never_be_answered(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given an action whose question is gone, when it is looked at, then it has expired
    ended.run(call(receiver), found=(finding(),), sure=0.4)
    consider_ended(stage.engine, terms=TERMS)
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM approvals"))
    settle(stage.engine, second_look=second_look)
    assert states(stage) == [ActionState.EXPIRED]


def test_without_a_synthesis_nothing_passes_a_second_look(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given an action at the checkpoint whose run's details are gone, when it is looked at, then it is refused
    ended.run(call(receiver), found=(finding(),), sure=0.75)
    consider_ended(stage.engine, terms=TERMS)
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM steps"))
    settle(stage.engine, second_look=second_look)
    assert states(stage) == [ActionState.REFUSED]


def test_a_rehearsal_is_written_down_and_nothing_more(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a rule that is a rehearsal
    run = ended.run(call(receiver, dry_run=True), found=(finding(),))
    # When it is asked beforehand what it would do, then it is told, and nothing is written
    before = rehearse(stage.engine, run, actions=executor(stage, receiver).actions, terms=TERMS)
    assert before.actions[0].would == "would call 127.0.0.1 at 127.0.0.1"
    assert states(stage) == []
    # And when the run is considered, then the action is a rehearsal that nobody carries out
    consider_ended(stage.engine, terms=TERMS)
    assert states(stage) == [ActionState.REHEARSED]
    assert executor(stage, receiver).run() == 0
    assert receiver.calls == []
    # And a rehearsal of what could not be done says so
    other = [call(receiver, secret="none")]
    after = rehearse(stage.engine, run, actions=executor(stage, receiver).actions, terms=TERMS, rules=other)
    assert "could not" in after.actions[0].would


def test_limits_hold_back_what_would_be_too_much_and_say_so(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a day's allowance of two, and three findings
    run = ended.run(call(receiver), found=(finding("a"), finding("b"), finding("c")))
    # When the run is considered, then two actions come into being, and it is noted what was held back
    found = consider(stage.engine, run, terms=Terms(actions_per_day=2))
    assert len(found.actions) == 2
    with stage.engine.connect() as conn:
        ((held, note),) = held_back(conn)
    assert held == run
    assert "actions_per_day" in note
    # And considered again, nothing changes
    assert consider(stage.engine, run, terms=Terms()).actions == ()


def test_follow_ups_know_how_deep_they_are(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a chain of runs, each the follow-up of an action of the one before
    again = Rule(name="again", then=FollowUp(), dry_run=False)
    made: list[int] = []
    key = ""
    for claim in "abcde":
        run = ended.run(again, found=(finding(claim),), trigger={"source": "response", "key": key} if key else {})
        actions = consider(stage.engine, run, terms=TERMS).actions
        made.append(len(actions))
        key = actions[0].id if actions else key
    # Then after three follow-ups there are no more
    assert made[:4] == [1, 1, 1, 0]


def test_a_run_that_another_version_wrote_holds_up_no_other(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a run whose rules this version cannot read, and one whose rules it can
    strange = ended.run(call(receiver), found=(finding("a"),), trigger={"options": {"respond": [{"name": "x"}]}})
    ended.run(call(receiver), found=(finding("b"),))
    # When runs are considered, then the second one's action comes into being, and the first is noted
    assert consider_ended(stage.engine, terms=TERMS) == 1
    with stage.engine.connect() as conn:
        ((run, note),) = held_back(conn)
    assert (run, "cannot be read" in note) == (strange, True)


def test_runs_that_ended_while_nothing_was_up_are_answered_however_long_ago_the_oldest_first(
    stage: Stage, ended: Ended, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a run that was answered a month ago, and some that ended since while nothing was up, more than go at once
    ages = {"a": 30, "b": 20, "c": 5, "d": 0}
    monkeypatch.setattr(considering, "_LOT", 1)
    aged = text("UPDATE runs SET finished_at = now() - make_interval(days => :days) WHERE id = :run")
    for claim, days in ages.items():
        run = ended.run(call(receiver), found=(finding(claim),))
        with stage.engine.begin() as conn:
            conn.execute(aged, {"days": days, "run": run})
        if claim == "a":
            consider_ended(stage.engine, terms=TERMS)
    # And one whose findings are gone
    gone = ended.run(call(receiver), found=(finding("e"),))
    with stage.engine.begin() as conn:
        conn.execute(aged, {"days": 4, "run": gone})
        conn.execute(text("UPDATE runs SET pruned_at = now() WHERE id = :run"), {"run": gone})
    # When a stack is up again, then each comes in its turn, and nothing more
    assert [consider_ended(stage.engine, terms=TERMS) for _ in range(4)] == [1, 1, 1, 0]
    claims = rows(stage, "SELECT finding ->> 'claim' AS claim FROM actions ORDER BY created_at")
    assert [row.claim for row in claims] == ["a", "b", "c", "d"]


def test_a_run_that_failed_sets_nothing_off(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given a run that failed with findings, when it is considered, then nothing comes of them
    run = ended.run(call(receiver), found=(finding(),), state="failed")
    assert consider(stage.engine, run, terms=TERMS).actions == ()
    assert consider_ended(stage.engine, terms=TERMS) == 0


def test_an_action_that_kills_its_holders_ends(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given an action whose every holder was lost
    ended.run(call(receiver), found=(finding(),))
    sent: list[int] = []
    carrying = executor(stage, receiver, attempts=2)
    responder = Responder(carrying, TERMS, second_look, turn=turn(stage), send=lambda: sent.append(1))
    responder.tend(stage.engine)
    assert sent == [1]
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE actions SET state = 'running', losses = 1, lease_until = now() - interval '1 s'"))
    # When the sweep comes by, then it has failed, and nobody does it again
    responder.tend(stage.engine)
    assert states(stage) == [ActionState.FAILED]
    assert responder.act() == 0
    assert sent == [1]


def test_one_at_a_time_does_what_is_due_and_not_for_long(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given two actions, and a receiver that takes longer than a bout lasts
    ended.run(call(receiver), found=(finding("a"), finding("b")))
    sent: list[int] = []
    minutes = iter(range(0, 600, 4))
    slow = replace(executor(stage, receiver), clock=lambda: float(next(minutes)))
    one = Responder(slow, TERMS, second_look, turn=turn(stage), send=lambda: sent.append(1))
    two = replace(one, turn=turn(stage, owner="two"))
    meanwhile: list[int] = []

    def look_in() -> None:
        meanwhile.append(two.act())
        two.tend(stage.engine)

    receiver.meanwhile = look_in
    # When one does them, and another comes by meanwhile
    assert one.act() == 1
    # Then the other did nothing, and no further message was sent while one was at it
    assert (meanwhile, sent) == ([0], [])
    # And the turn is free again: the next sweep has the rest done, by anybody
    two.tend(stage.engine)
    assert sent == [1]
    assert two.act() == 1
    assert states(stage) == [ActionState.DONE, ActionState.DONE]


def test_failures_are_no_lost_holders(stage: Stage, ended: Ended, receiver: Receiver) -> None:
    # Given an action that may lose two holders and fail three times, and a receiver that is away twice
    ended.run(call(receiver), found=(finding(),))
    responder = Responder(executor(stage, receiver, attempts=2), TERMS, second_look, turn=turn(stage), send=list)
    receiver.answers = [503, 503]
    # When it is done, then it is done at the third attempt
    responder.act()
    responder.tend(stage.engine)
    assert states(stage) == [ActionState.DONE]


def test_a_broker_that_is_away_keeps_nothing_from_happening_later(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given an action that is due and a broker that is away
    def away() -> None:
        raise ConnectionError("refused")

    ended.run(call(receiver), found=(finding(),))
    responder = Responder(executor(stage, receiver), TERMS, second_look, turn=turn(stage), send=away)
    # When the sweep comes by, then it goes on, and the action is still due
    assert responder.tend(stage.engine) == 1
    assert states(stage) == [ActionState.DUE]
    assert responder.act() == 1


def test_a_call_is_not_taken_back_and_its_audit_cannot_be_changed(
    stage: Stage, ended: Ended, receiver: Receiver
) -> None:
    # Given a call that was made
    ended.run(call(receiver), found=(finding(),))
    consider_ended(stage.engine, terms=TERMS)
    actions = executor(stage, receiver).actions
    (name,) = [row.id for row in rows(stage, "SELECT id FROM actions")]
    undoing: Callable[[], object] = lambda: undo(stage.engine, name[:12], actions=actions, who="ada", why="")  # noqa: E731
    with pytest.raises(ActionUndoError, match="is due, not done"):
        undoing()
    executor(stage, receiver).run()
    # When somebody wants it undone, then that is refused, and it is still done
    with pytest.raises(ActionUndoError, match="cannot be taken back"):
        undoing()
    assert states(stage) == [ActionState.DONE]
    with stage.engine.connect() as conn:
        assert read_action(conn, find_action(conn, name)).audit[-1].state is ActionState.DONE
        with pytest.raises(UnknownActionError, match="is not known"):
            find_action(conn, "nothing")
    # And nobody rewrites the audit
    for statement in ("UPDATE action_audit SET who = 'eve'", "DELETE FROM action_audit"):
        with pytest.raises(DBAPIError, match="only grows"), stage.engine.begin() as conn:
            conn.execute(text(statement))
