"""Evidence, cursors and quarantine: committed with the data they cover or not at all, and read back in order."""

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import QueuePool, text
from support.runners import holding
from support.stages import Stage

from agents.contract import AgentReport, Evidence, Quarantined, Untrusted
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.evidence import LOT, StoredEvidence, read_cursors, save_evidence

pytestmark = pytest.mark.services

MOMENTS = [None, datetime(1, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)]
gentle = settings(
    max_examples=25,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
dirty = st.text(alphabet=st.one_of(st.characters(), st.characters(categories=["Cs"]), st.just("\x00")))


def fact(key: str, *, target: str = "git:/a", kind: str = "commit", at: datetime | None = None) -> Evidence:
    return Evidence(target=target, source="git", kind=kind, key=key, at=at, title=Untrusted(key), data={"n": key})


def save(stage: Stage, report: AgentReport, *, run: UUID | None = None, tenant: str = "default") -> None:
    with stage.engine.begin() as conn:
        save_evidence(conn, report, tenant=tenant, run_id=run or uuid4())


def collected(*facts: Evidence, **options: Any) -> AgentReport:  # noqa: ANN401  the report's own fields
    return AgentReport(agent="data_manager", target="git:/a", evidence=facts, **options)


def read(stage: Stage, *, page: int = LOT, **chosen: Any) -> list[Evidence]:  # noqa: ANN401  as above
    return list(StoredEvidence(stage.engine, tenant="default", page=page).read(**chosen))


def order(one: Evidence) -> tuple[str, str, float, str]:
    """Return what evidence is ordered by; what has no time comes first."""
    return one.target, one.kind, -math.inf if one.at is None else one.at.timestamp(), one.key


def test_a_fact_that_is_read_again_is_the_same_row_with_its_newest_content(stage: Stage) -> None:
    # Given a fact that was kept
    save(stage, collected(fact("1"), fact("2")))
    # When it is read again with another title, twice in one report
    changed = fact("1").model_copy(update={"title": Untrusted("new")})
    save(stage, collected(fact("1"), changed))
    # Then it is there once, as it was said last
    assert [(one.key, one.title) for one in read(stage)] == [("1", "new"), ("2", "2")]
    with stage.engine.connect() as conn:
        assert conn.execute(text("SELECT kind, count(*) FROM evidence GROUP BY kind")).all() == [("commit", 2)]


def test_a_report_that_is_the_whole_truth_deletes_what_it_does_not_name(stage: Stage) -> None:
    # Given facts of two kinds and two targets
    save(stage, collected(fact("1"), fact("2"), fact("t", kind="tag"), fact("3", target="git:/b")))
    # When a report says that it knows all commits of one target
    save(stage, collected(fact("2"), fact("4"), replaces=("commit",)))
    # Then only that kind of that target is what it says
    assert [(one.target, one.kind, one.key) for one in read(stage)] == [
        ("git:/a", "commit", "2"),
        ("git:/a", "commit", "4"),
        ("git:/a", "tag", "t"),
        ("git:/b", "commit", "3"),
    ]
    # And a report of nothing but the truth of it empties the kind
    save(stage, collected(replaces=("commit", "tag")))
    assert [one.key for one in read(stage)] == ["3"]


def test_tenants_do_not_see_each_other(stage: Stage) -> None:
    # Given the same fact of two tenants, when one of them says that it is gone, then the other's stays
    save(stage, collected(fact("1")))
    save(stage, collected(fact("1")), tenant="other")
    save(stage, collected(replaces=("commit",)), tenant="other")
    assert [one.key for one in read(stage)] == ["1"]
    assert list(StoredEvidence(stage.engine, tenant="other").read()) == []


def test_data_quarantine_and_cursor_are_kept_together_or_not_at_all(stage: Stage) -> None:
    # Given a report with everything, and a transaction that comes to nothing
    bad = Quarantined(target="git:/a", source="git", key="9", reason="no date", raw="\x00?")
    report = collected(fact("1"), quarantined=(bad, bad), cursors={"git": "abc", "tags": {"seen": [1, None]}})
    with stage.engine.connect() as conn:
        save_evidence(conn, report, tenant="default", run_id=uuid4())
        conn.rollback()
    # Then there is nothing of it
    with stage.engine.connect() as conn:
        assert read_cursors(conn, tenant="default", target="git:/a") == {}
    assert read(stage) == []
    assert stage.one("SELECT count(*) FROM quarantine") == 0
    # And when it is committed, twice, all of it is there once
    save(stage, report)
    save(stage, report)
    with stage.engine.connect() as conn:
        assert read_cursors(conn, tenant="default", target="git:/a") == {"git": "abc", "tags": {"seen": [1, None]}}
        assert read_cursors(conn, tenant="default", target="git:/b") == {}
        assert conn.execute(text("SELECT reason, raw FROM quarantine")).all() == [("no date", "\ufffd?")]
    assert [one.key for one in read(stage)] == ["1"]


def test_two_runs_that_collect_from_one_target_take_turns(stage: Stage) -> None:
    # Given a run that is still writing what it collected
    first, second = uuid4(), uuid4()
    with ThreadPoolExecutor(1) as pool:
        with holding(stage.engine, "SELECT 1") as conn:
            save_evidence(conn, collected(fact("1"), fact("3"), replaces=("commit",)), tenant="default", run_id=first)
            # When another, which knows less, writes at the same time
            report = collected(fact("2"), fact("3"), replaces=("commit",))
            done = pool.submit(save, stage, report, run=second)
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            stage.wait(lambda: stage.one(waits) == 1)
        done.result(30)
    # Then the later one's word holds, of all that the other wrote
    assert [one.key for one in read(stage)] == ["2", "3"]


@given(
    facts=st.lists(
        st.builds(
            fact,
            st.text(alphabet="abÄ€ \U0001f600", max_size=3),
            target=st.sampled_from(["git:/a", "git:/b", "git:/Ä"]),
            kind=st.sampled_from(["commit", "tag"]),
            at=st.sampled_from(MOMENTS),
        ),
        max_size=25,
    ),
    page=st.integers(1, 6),
    targets=st.lists(st.sampled_from(["git:/a", "git:/b", "git:/x"]), max_size=2),
    kinds=st.lists(st.sampled_from(["commit", "tag"]), max_size=1),
)
@gentle
def test_pages_of_any_size_hold_everything_once_and_in_order(
    stage: Stage, facts: list[Evidence], page: int, targets: list[str], kinds: list[str]
) -> None:
    # Given any facts, some without a time, some at the ends of it
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM evidence"))
    save(stage, collected(*facts))
    # When those of some targets and kinds are read in small pages
    found = read(stage, page=page, targets=targets, kinds=kinds)
    # Then each of them is there once, in the order that agents count on, and counted alike
    wanted = {
        one.id: one for one in facts if (not targets or one.target in targets) and (not kinds or one.kind in kinds)
    }
    assert found == sorted(wanted.values(), key=order)
    counts = StoredEvidence(stage.engine, tenant="default").count(targets=targets, kinds=kinds)
    assert sum(counts.values()) == len(wanted)


def test_what_something_is_about_finds_it(stage: Stage) -> None:
    # Given facts about packages, and one about nothing
    about = [fact(name).model_copy(update={"about": (name, "all")}) for name in ("flask", "jinja2\x00")]
    save(stage, collected(*about, fact("x")))
    # When they are looked up, then those come that are about one of the subjects
    assert [one.key for one in read(stage, about=["flask", "none"])] == ["flask"]
    assert [one.about for one in read(stage, about=["jinja2\x00"])] == [("jinja2\ufffd", "all")]
    assert StoredEvidence(stage.engine, tenant="default").count(about=["all"]) == {"git:/a": 2}
    assert len(read(stage)) == 3


def test_no_transaction_stays_open_while_an_agent_thinks(stage: Stage) -> None:
    # Given a reader in the middle of its pages, when it is looked at, then it holds no connection
    save(stage, collected(*(fact(str(number)) for number in range(5))))
    pages: Iterator[Evidence] = StoredEvidence(stage.engine, tenant="default", page=2).read()
    next(pages)
    assert isinstance(stage.engine.pool, QueuePool)
    assert stage.engine.pool.checkedout() == 0


def test_more_than_one_lot_is_written_in_one_transaction(stage: Stage) -> None:
    # Given more facts than a statement takes, and keys longer than an index entry may be
    many = tuple(fact(f"{number}" + "x" * (9_000 if number == 7 else 0)) for number in range(LOT + 1))
    save(stage, collected(*many))
    # When they are counted, then all are there
    with stage.engine.connect() as conn:
        assert conn.execute(text("SELECT kind, count(*) FROM evidence GROUP BY kind")).all() == [("commit", LOT + 1)]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | dirty,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(dirty, inner, max_size=3),
        max_leaves=10,
    )
)
@gentle
def test_postgres_takes_whatever_was_cleaned(stage: Stage, value: Any) -> None:  # noqa: ANN401  JSON is anything
    # Given any value, when it is written as a document, then Postgres takes it and gives it back
    document = to_json({"value": value})
    with stage.engine.connect() as conn:
        back = conn.execute(text("SELECT CAST(:it AS jsonb) -> 'value'"), {"it": document}).scalar_one()
        assert conn.execute(text("SELECT CAST(:it AS text)"), {"it": clean_text(str(value))}).scalar_one() is not None
    assert json.loads(json.dumps(back), parse_int=float) == json.loads(document, parse_int=float)["value"]
