"""What the OSV service knows of the packages that a target uses: as evidence, the same as from a folder of records."""

import time
from collections.abc import Iterable, Iterator, Sequence

from agents.contract import Coverage, CoverageState, Evidence, Quarantined
from agents.sources.collected import Collected
from agents.sources.http.client import Http
from agents.sources.look import Look, counted, sentence
from agents.sources.osv.evidence import KIND, OSV, evidence_of
from agents.sources.osv.fetching import Fetched, fetch_advisories
from agents.sources.osv.memory import Memory, Settled, settle, wanted
from agents.sources.osv.naming import SITE, Named, name_advisories
from agents.sources.osv.questions import Questions, questions_about

SOURCE = OSV
SETTING = "LOOKOUT_OSV_API_URL"
NAMING_SECONDS = 90.0
MOST_SECONDS = 180.0
"""How long one look may take, naming and reading together: less than a step may, so that what was read is kept."""
_SHOWN = 3


def read_known(http: Http, look: Look, dependencies: Iterable[Evidence]) -> Collected:
    """Return the advisories about a target's dependencies that are new or changed since the last look.

    ``dependencies`` are the target's ``dependency`` evidence. Where advisories are gone, all others are told with them
    and replace what was. Raises ``QuotaExhaustedError`` where the service is to be asked later,
    ``SourceUnavailableError`` where it does not say which advisories there are, ``DeniedError``, ``GoneError`` and
    ``RefusedError`` where its address is wrong, and ``StoppedError``.
    """
    if not http.knows(SITE):
        lack = look.coverage(SOURCE, CoverageState.NOT_COLLECTED, detail=f"no OSV service is set up: set {SETTING}")
        return Collected(source=SOURCE, coverage=(lack,))
    questions = questions_about(dependencies)
    memory = Memory.of(look.cursor(SOURCE))
    begin = time.monotonic()
    named = name_advisories(http, look, questions.all, until=begin + NAMING_SECONDS)
    found = fetch_advisories(http, look, wanted(named, memory), until=begin + MOST_SECONDS)
    settled = settle(named, memory, found)
    strays = (*_strange(look, named), *_refused(look, named, found), *found.strays)
    lacks = [*_not_asked(questions, named), *_not_read(found, settled, strays=strays)]
    return Collected(
        source=SOURCE,
        coverage=(_coverage(look, questions, named=named, settled=settled, lacks=lacks),),
        evidence=tuple(evidence_of(found.records[one], look=look) for one in settled.told),
        quarantined=strays,
        cursor=settled.memory.cursor,
        replaces=(KIND,) if settled.whole else (),
    )


def _strange(look: Look, named: Named) -> Iterator[Quarantined]:
    """Yield what the service named that cannot be asked for."""
    for one in sorted(named.strange):
        yield look.quarantine(SOURCE, key=one, reason="the service names it, and it can be no advisory's id", raw=one)


def _refused(look: Look, named: Named, found: Fetched) -> Iterator[Quarantined]:
    """Yield what the service names and does not give; what it no longer names it need not have."""
    for one in sorted(found.refused.keys() & named.ids.keys()):
        reason = f"the service names it and does not give it: {found.refused[one]}"
        yield look.quarantine(SOURCE, key=one, reason=reason)


def _not_asked(questions: Questions, named: Named) -> Iterator[str]:
    """Yield in words what the service could not be asked, or did not answer in full."""
    if questions.nameless:
        yield f"dependencies that name no package of an ecosystem, and cannot be asked about: {questions.nameless:,}"
    if named.refused:
        shown = ", ".join(str(one) for one in named.refused[:_SHOWN])
        more = len(named.refused) - _SHOWN
        yield f"the service does not understand {shown}" + (f" and {more:,} more" if more > 0 else "")
    if named.cut:
        yield f"it names more advisories than are read of one target, or takes too long: {len(named.ids):,} were"


def _not_read(found: Fetched, settled: Settled, *, strays: Sequence[Quarantined]) -> Iterator[str]:
    """Yield in words which advisories are not there, though the service names them."""
    yield from found.lacks
    if found.left:
        yield f"left for the next look: {found.left:,}"
    if strays:
        yield f"put aside as unreadable: {len(strays):,}"
    elif settled.memory.lossy:
        yield f"read in part: {len(settled.memory.lossy):,}"


def _coverage(look: Look, questions: Questions, *, named: Named, settled: Settled, lacks: Sequence[str]) -> Coverage:
    """Return what was seen."""
    items = len(settled.memory.known)
    asked = f"{counted(len(questions.all), 'package')} asked about" if questions.all else "no package to ask about"
    lingering = f"no longer named, and kept for now: {settled.lingering:,}" if settled.lingering else ""
    known = bool(items or (questions.all and not named.ids))
    state = CoverageState.COMPLETE if items else CoverageState.ZERO
    if lacks:
        state = CoverageState.PARTIAL if known else CoverageState.FAILED
    return look.coverage(SOURCE, state, items=items, detail=sentence(asked, *lacks, lingering))
