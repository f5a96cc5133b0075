"""Keys come from content: the same signal has one key, different signals have different ones."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.contract import Target, TargetKind, Untrusted
from orchestrator.domain.triggers import Trigger, TriggerKind
from orchestrator.errors import PlanningError
from orchestrator.planning.keys import LONGEST_KEY, trigger_key

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
FLASK = Target(kind=TargetKind.GIT, location="/srv/flask")
LOCK = Target(kind=TargetKind.SBOM, location="/srv/lock")
OSV = Target(kind=TargetKind.ADVISORIES, location="/srv/osv")

moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
texts = st.text(min_size=1, max_size=120).filter(lambda text: text.strip() == text)


def advisory(name: str, *, at: datetime | None = NOON) -> Trigger:
    return Trigger(kind=TriggerKind.ADVISORY, subject=name, as_of=at)


def scheduled(name: str, *, due: datetime | None = NOON) -> Trigger:
    return Trigger(kind=TriggerKind.MONITOR, source="schedule", subject=name, as_of=due)


def spike(subject: str, *, at: datetime | None = NOON, window: str = "1h") -> Trigger:
    return Trigger(kind=TriggerKind.KEYWORD_SPIKE, subject=subject, as_of=at, options={"window": window})


@pytest.mark.parametrize(
    ("trigger", "key"),
    [
        (scheduled("nightly"), "schedule:nightly:2025-06-01T12:00:00Z"),
        (advisory("cve-2025-1"), "advisory:CVE-2025-1:2025-06-01T12:00:00Z"),
        (advisory("PYSEC-2025-1", at=None), "advisory:PYSEC-2025-1:undated"),
        (
            Trigger(kind=TriggerKind.RELEASE, subject="v2.0", targets=(FLASK, OSV)),
            r"release:git-/srv/flask~[0-9a-f]{32}:2.0",
        ),
        (spike("  Left  Pad "), r"spike:left-pad~[0-9a-f]{32}:3600s:2025-06-01T12:00:00Z"),
        (spike("pad", at=None), "spike:pad:fresh-1"),
        (
            Trigger(kind=TriggerKind.WEBHOOK, source="forge", options={"delivery": "72d3-1"}),
            "webhook:forge:72d3-1",
        ),
        (Trigger(kind=TriggerKind.WEBHOOK, source="forge"), "webhook-new:fresh-1"),
        (Trigger(kind=TriggerKind.REQUEST, text=Untrusted("Is it safe?")), "request:fresh-1"),
        (Trigger(kind=TriggerKind.MONITOR, source="cli"), "manual:fresh-1"),
        (Trigger(kind=TriggerKind.MONITOR, key="deploy-7"), "caller:deploy-7"),
    ],
)
def test_each_kind_has_a_key_of_its_own_form(trigger: Trigger, key: str) -> None:
    assert re.fullmatch(key, trigger_key(trigger, fresh="fresh-1"))


def test_one_advisory_from_three_sources_is_one_run() -> None:
    # Given one advisory as three sources tell it, by different names, in different case and time zones
    cet = timezone(timedelta(hours=2))
    seen = [
        Trigger(
            kind=TriggerKind.ADVISORY,
            source=source,
            subject=name,
            as_of=at,
            targets=targets,
            options={"aliases": list(others)},
        )
        for source, name, others, at, targets in (
            ("forge", "GHSA-jfh8-c2jp-5v3q", ("CVE-2021-44228",), NOON, (FLASK, LOCK)),
            ("feed", "cve-2021-44228", ("GHSA-JFH8-C2JP-5V3Q", "PYSEC-1"), NOON, (LOCK, FLASK)),
            ("osv", "PYSEC-1", ("CVE-2021-44228",), NOON.astimezone(cet), (FLASK,)),
        )
    ]
    # Then their keys are the same
    assert {trigger_key(trigger, fresh=trigger.source) for trigger in seen} == {
        "advisory:CVE-2021-44228:2025-06-01T12:00:00Z"
    }


def test_an_advisory_that_was_modified_since_is_another_run() -> None:
    keys = {trigger_key(advisory("CVE-1", at=NOON + timedelta(seconds=late)), fresh="") for late in (0, 1, 2)}
    assert len(keys) == 3


def test_without_a_cve_the_ghsa_is_taken_and_other_letters_stay_as_they_are() -> None:
    # Given an advisory without a CVE, and one whose id is in other letters
    known = Trigger(kind=TriggerKind.ADVISORY, subject="pysec-1", options={"aliases": ["ghsa-a-b-c"]})
    # Then the GHSA id is the key, and nothing is folded that upper case could fold together
    assert trigger_key(known, fresh="") == "advisory:GHSA-A-B-C:undated"
    assert trigger_key(advisory("straße"), fresh="") != trigger_key(advisory("STRASSE"), fresh="")


def test_a_release_is_the_same_in_any_order_of_its_targets_and_with_or_without_a_v() -> None:
    # Given one release, told in three ways
    ways = [((FLASK, LOCK), "v1.0"), ((LOCK, FLASK), "1.0"), ((LOCK, OSV, FLASK), " V1.0")]
    keys = {
        trigger_key(Trigger(kind=TriggerKind.RELEASE, subject=version, targets=targets), fresh="")
        for targets, version in ways
    }
    # Then it is one run; another target or version is another
    assert len(keys) == 1
    other = Trigger(kind=TriggerKind.RELEASE, subject="rev1.0", targets=(FLASK, LOCK))
    assert trigger_key(other, fresh="") not in keys
    fewer = Trigger(kind=TriggerKind.RELEASE, subject="1.0", targets=(FLASK,))
    assert trigger_key(fewer, fresh="") not in keys


def test_spikes_within_one_window_are_one_run() -> None:
    # Given spikes of one subject within and after an hour
    first, same, later = (trigger_key(spike("pad", at=NOON + timedelta(minutes=m)), fresh="") for m in (0, 59, 60))
    # Then the window makes the difference, and its length too
    assert first == same != later
    assert trigger_key(spike("PAD", window="2h"), fresh="") != first == trigger_key(spike("PAD"), fresh="")


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (advisory(" "), "subject: is empty; give the id of the advisory, or a key of your own"),
        (scheduled("nightly", due=None), "as_of: is empty; give the time when the schedule was due"),
        (scheduled(""), "subject: is empty; give the name of the schedule"),
        (Trigger(kind=TriggerKind.RELEASE, targets=(FLASK,)), "subject: is empty; give the version"),
        (Trigger(kind=TriggerKind.RELEASE, subject="1", targets=(OSV,)), "targets: is empty; give the target"),
        (Trigger(kind=TriggerKind.KEYWORD_SPIKE), "subject: is empty; give the words"),
        (Trigger(kind=TriggerKind.REQUEST, options={"kee": 1}), "options.kee: is no option"),
    ],
)
def test_a_trigger_that_lacks_what_its_key_is_made_of_is_refused(trigger: Trigger, message: str) -> None:
    with pytest.raises(PlanningError, match=message):
        trigger_key(trigger, fresh="fresh-1")


@given(first=texts, second=texts, early=moments, late=moments)
def test_different_schedules_or_times_have_different_keys(
    first: str, second: str, early: datetime, late: datetime
) -> None:
    # Given any two occurrences
    keys = [trigger_key(scheduled(name, due=due), fresh="") for name, due in ((first, early), (second, late))]
    # Then they have one key if and only if they are the same
    assert (keys[0] == keys[1]) == ((first, early) == (second, late))


@given(
    one=st.tuples(texts, texts),
    other=st.tuples(texts, texts),
)
def test_no_two_deliveries_share_a_key_whatever_their_texts(one: tuple[str, str], other: tuple[str, str]) -> None:
    # Given any two senders and deliveries, colons, tildes and all
    keys = [
        trigger_key(Trigger(kind=TriggerKind.WEBHOOK, source=source[:100], options={"delivery": delivery}), fresh="")
        for source, delivery in (one, other)
    ]
    # Then the keys differ where anything does
    assert (keys[0] == keys[1]) == ((one[0][:100], one[1]) == (other[0][:100], other[1]))


@given(key=st.text(min_size=1, max_size=400), other=st.text(min_size=1, max_size=400))
def test_callers_keys_are_taken_as_they_are(key: str, other: str) -> None:
    made, second = (trigger_key(Trigger(kind=TriggerKind.REQUEST, key=each), fresh="") for each in (key, other))
    assert (made == second) == (key == other)


@given(
    kind=st.sampled_from(TriggerKind),
    subject=st.text(min_size=1, max_size=500).filter(str.strip),
    fresh=st.text(max_size=300),
    at=st.none() | moments,
    source=st.text(min_size=1, max_size=100).filter(lambda text: text != "schedule"),
)
def test_every_key_is_short_plain_and_repeatable(
    kind: TriggerKind, subject: str, fresh: str, at: datetime | None, source: str
) -> None:
    # Given any trigger
    trigger = Trigger(kind=kind, subject=subject, as_of=at, source=source, targets=(FLASK,))
    # When its key is made
    key = trigger_key(trigger, fresh=fresh)
    # Then it fits its column, holds plain characters only, and is the same each time
    assert len(key) <= LONGEST_KEY
    assert re.fullmatch(r"[A-Za-z0-9._@+/:~-]+", key)
    assert key == trigger_key(trigger, fresh=fresh)
