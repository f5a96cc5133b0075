"""What collectors hand in is what the security agent reads: the same fields, filed under the same subjects."""

from datetime import UTC, datetime
from threading import Event

from support.flaws import KEV, NOW, TARGET, dependency, look

from agents.contract import Severity, Target, TargetKind
from agents.sources.github.advisory import advisory_evidence
from agents.sources.kev.entry import exploited
from agents.sources.look import Look
from agents.sources.packages.items import dependency as itself
from agents.sources.packages.items import version
from agents.sources.packages.listing import Release
from agents.sources.packages.named import package_of

PACKAGE = Target(kind=TargetKind.PACKAGE, location="pypi/big-lamp")
REPOSITORY = Target(kind=TargetKind.GITHUB, location="shop/lamp")
LIST = Target(kind=TargetKind.ADVISORIES, location="kev")


def looking(target: Target) -> Look:
    return Look(target=target, now=NOW, stop=Event())


def test_a_flaw_that_github_publishes_and_a_list_knows_is_found_in_a_package_with_the_release_to_go_to() -> None:
    # Given what the collectors make of a package, of what its repository publishes, and of an entry of the list
    package, seen = package_of(PACKAGE), looking(PACKAGE)
    listed = [
        Release(version="1.0"),
        Release(version="1.1", yanked=True, yanked_reason="broken", at=datetime(2026, 2, 1, tzinfo=UTC)),
        Release(version="1.2", at=datetime(2026, 2, 2, tzinfo=UTC)),
    ]
    published = {
        "ghsa_id": "GHSA-aaaa-bbbb-cccc",
        "cve_id": "CVE-2026-12345",
        "summary": "It burns",
        "severity": "low",
        "state": "published",
        "published_at": "2026-01-20T00:00:00Z",
        "updated_at": "2026-01-21T00:00:00Z",
        "vulnerabilities": [
            {
                "package": {"ecosystem": "pip", "name": "Big_Lamp"},
                "vulnerable_version_range": "< 1.1",
                "patched_versions": "1.1",
            }
        ],
    }
    entry = {
        "cveID": "CVE-2026-12345",
        "dateAdded": "2026-02-10",
        "dueDate": "2026-03-03",
        "knownRansomwareCampaignUse": "Known",
    }
    evidence = [
        itself(package, seen, version="1.0"),
        *(version(one, package, seen, latest=one.version == "1.2") for one in listed),
        advisory_evidence(published, looking(REPOSITORY)),
        exploited(entry, look=looking(LIST)),
    ]

    # When
    report = look(evidence, sources=[REPOSITORY.id, KEV], target=PACKAGE)

    # Then
    [finding] = report.findings
    assert finding.claim == "CVE-2026-12345/PyPI/big-lamp"
    assert finding.severity is Severity.CRITICAL
    assert finding.next_action == "Upgrade big-lamp from 1.0 to 1.2 (minor, 1 release on)"
    assert finding.data["kev"] != []
    assert len(finding.evidence) == 4


def test_a_version_in_use_that_an_index_says_was_taken_back_is_found_in_a_lock_file_as_well() -> None:
    # Given a lock file's target, and a package's target beside it
    package, seen = package_of(PACKAGE), looking(PACKAGE)
    taken = version(Release(version="1.1", yanked=True, yanked_reason="broken"), package, seen, latest=False)

    # When
    report = look([dependency("Big_Lamp", "1.1"), taken], sources=[PACKAGE.id])

    # Then
    assert [(finding.target, finding.title) for finding in report.findings] == [
        (TARGET.id, "Big_Lamp 1.1 was taken back: broken")
    ]
