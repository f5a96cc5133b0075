"""Security advisories that a repository published: many are known here days before GitHub's database has them."""

from agents.contract import CoverageState, Evidence
from agents.sources.collected import Collected
from agents.sources.git.moments import iso
from agents.sources.github.advisory import advisory_evidence, is_public
from agents.sources.github.items import Item
from agents.sources.github.repo import Repo
from agents.sources.look import Look, sentence
from agents.sources.osv.evidence import KIND

SOURCE = "github:advisories"
OPTION = "max_advisories"


def read_advisories(repo: Repo) -> Collected:
    """Return the advisories that are public, withdrawn ones too. Raises as ``Http.get`` does.

    With a token, or where the target's option asks for them: without one every request counts. Where not all could be
    read, none is taken for gone. The cursor only says that they were read, so that what comes later is news.
    """
    if not (repo.is_told_who_asks or OPTION in repo.look.target.options):
        detail = (
            "left out without a token, for it would cost one of 60 requests an hour: set GITHUB_TOKEN, or the "
            f"target's option {OPTION}, to read them; "
            "those that GitHub has reviewed are known to 'advisories: osv'"
        )
        return Collected(
            source=SOURCE, coverage=(repo.look.coverage(SOURCE, CoverageState.NOT_COLLECTED, detail=detail),)
        )
    listed = repo.listed("security-advisories", {}, option=OPTION, by=_public, source=SOURCE)
    lacks = []
    if listed.more:
        lacks.append(f"the newest {len(listed.found):,}; {repo.remedy(OPTION)}")
    if listed.strays:
        noun = "advisory" if len(listed.strays) == 1 else "advisories"
        lacks.append(f"{len(listed.strays):,} {noun} could not be read and were put aside")
    mended = sum(bool(one.data.get("dirt")) for one in listed.found)
    notes = f"read as far as they go, for they name versions or packages that are none: {mended:,}" if mended else ""
    whole = CoverageState.COMPLETE if listed.found else CoverageState.ZERO
    coverage = repo.look.coverage(
        SOURCE,
        CoverageState.PARTIAL if lacks else whole,
        items=len(listed.found),
        detail=sentence(*lacks, notes),
    )
    return Collected(
        source=SOURCE,
        coverage=(coverage,),
        evidence=listed.found,
        quarantined=listed.strays,
        cursor={"seen": iso(repo.look.now)},
        replaces=() if lacks else (KIND,),
    )


def _public(item: Item, look: Look) -> tuple[Evidence, ...]:
    """Return a public advisory; nothing of one that is not."""
    return (advisory_evidence(item, look),) if is_public(item) else ()
