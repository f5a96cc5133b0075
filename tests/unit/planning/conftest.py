"""A catalogue like the real one, so that plans are tested without the agents themselves."""

from collections.abc import Mapping

import pytest

from agents.contract import AgentSpec, Pool, TargetKind


@pytest.fixture
def specs() -> Mapping[str, AgentSpec]:
    agents = (
        AgentSpec(
            name="data_manager",
            title="Data manager",
            capabilities=frozenset({"collect:git", "collect:dependencies", "collect:advisories"}),
            target_kinds=frozenset(TargetKind),
            pool=Pool.THREADS,
            hard_seconds=600,
            memory_mb=120,
        ),
        AgentSpec(
            name="github",
            title="Repository health",
            capabilities=frozenset({"analyse:health"}),
            target_kinds=frozenset({TargetKind.GIT}),
            reads=frozenset({"commit", "tag", "change_note"}),
            hard_seconds=300,
            memory_mb=150,
        ),
        AgentSpec(
            name="security",
            title="Security",
            capabilities=frozenset({"analyse:exposure"}),
            target_kinds=frozenset({TargetKind.GIT, TargetKind.SBOM}),
            reads=frozenset({"dependency", "advisory"}),
            hard_seconds=200,
            memory_mb=100,
        ),
        AgentSpec(name="reporting", title="Reporting", capabilities=frozenset({"report"}), hard_seconds=100),
    )
    return {spec.name: spec for spec in agents}
