"""Which advisories the OSV service names for packages in use: ids, and when each was last changed.

The service answers a thousand questions at once, in their order, and refuses all of them where one cannot be
understood: a refused lot is asked in halves until the one that cannot stands alone.
"""

import re
import reprlib
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.errors import SourceUnavailableError
from agents.sources.http.client import Http
from agents.sources.http.errors import RefusedError
from agents.sources.look import Look
from agents.sources.osv.questions import Question
from agents.sources.text import clean_line

SITE = "osv"
PATH = "v1/querybatch"
LOT = 1_000
"""Questions in one request: as many as the service takes."""
MOST_REQUESTS = 300
"""In one look, further pages and halves of refused lots included."""
MOST_NAMED = 20_000
"""Advisories of one target. What is named beyond is left out, and said to be."""
_UNDERSTOOD_NOTHING = frozenset({400, 413, 422})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,199}")
_SHOWN = 100
_MOST_STRANGE = 100
_LONGEST_TOKEN = 10_000


class _Asked(NamedTuple):
    """A question, or a further page of its answer."""

    question: Question
    token: str = ""


@dataclass(slots=True)
class Named:
    """What was named."""

    ids: dict[str, str] = field(default_factory=dict)
    """Each advisory's id, with when it was last changed in the service's own words; empty where it did not say."""
    strange: set[str] = field(default_factory=set)
    """What stood in place of an id and can be none, as much of it as a person would look at; cleaned."""
    refused: list[Question] = field(default_factory=list)
    """Questions that the service did not understand."""
    cut: bool = False
    """Whether there is more than was read."""

    @property
    def whole(self) -> bool:
        """Whether an advisory that is not named holds for none of the packages any more."""
        return not (self.cut or self.refused)


def name_advisories(http: Http, look: Look, questions: Sequence[Question], *, until: float) -> Named:
    """Return the advisories about the packages, as many as are named by a time of the monotonic clock.

    Raises as ``Http.post`` does: half an answer is none.
    """
    named = Named()
    waiting = deque(_lots([_Asked(question) for question in questions]))
    for _ in range(MOST_REQUESTS):
        if not waiting or len(named.ids) >= MOST_NAMED or time.monotonic() >= until:
            break
        look.go_on(doing="asking for the advisories")
        lot = waiting.popleft()
        try:
            answers = _ask(http, lot)
        except RefusedError as error:
            if error.status not in _UNDERSTOOD_NOTHING:
                raise
            waiting.extend(_lots(lot, size=len(lot) // 2))
            named.refused.extend(asked.question for asked in lot if len(lot) == 1)
        else:
            waiting.extend(_lots(list(_take(lot, answers, named=named))))
    named.cut = named.cut or bool(waiting)
    return named


def _lots(asked: Sequence[_Asked], *, size: int = LOT) -> Iterator[Sequence[_Asked]]:
    """Yield them so many at a time; nothing where they are to be no more than none."""
    yield from (asked[start : start + size] for start in range(0, len(asked), size)) if size else ()


def _ask(http: Http, lot: Sequence[_Asked]) -> list[Any]:
    """Return the answers to a lot, one each."""
    page = http.post(SITE, PATH, {"queries": [one.question.asked(token=one.token) for one in lot]})
    told = page.json()
    answers = told.get("results") if isinstance(told, dict) else None
    if not isinstance(answers, list) or len(answers) != len(lot):
        raise SourceUnavailableError(
            f"{page.url} was asked {len(lot):,} questions and gave no list of as many answers; "
            "look whether LOOKOUT_OSV_API_URL names an OSV service"
        )
    return answers


def _take(lot: Sequence[_Asked], answers: Sequence[Any], *, named: Named) -> Iterator[_Asked]:
    """Note what the answers name; yield what is to be asked to have their further pages."""
    for asked, answer in zip(lot, answers, strict=True):
        told = answer if isinstance(answer, Mapping) else {}
        vulns = told.get("vulns")
        for item in vulns if isinstance(vulns, list) else ():
            _note(item, named=named)
        token = told.get("next_page_token")
        if not isinstance(token, str) or not token:
            continue
        if token == asked.token or len(token) > _LONGEST_TOKEN:
            named.cut = True  # It leads to itself, or fills a request alone: there is no coming to an end.
        else:
            yield _Asked(asked.question, token)


def _note(item: object, *, named: Named) -> None:
    """Note one id."""
    told = item if isinstance(item, Mapping) else {}
    identity, modified = told.get("id"), told.get("modified")
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        if len(named.strange) < _MOST_STRANGE:
            named.strange.add(clean_line(reprlib.repr(identity), limit=_SHOWN))
    elif identity in named.ids or len(named.ids) < MOST_NAMED:
        named.ids[identity] = clean_line(modified, limit=_SHOWN) if isinstance(modified, str) else ""
    else:
        named.cut = True
