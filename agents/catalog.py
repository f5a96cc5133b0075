"""The agents by name. Only what is built stands here; queues, workers and plans all follow from this list.

A specialist imports its heavy libraries inside its functions, so that reading the catalogue stays cheap.
"""

from collections.abc import Mapping
from types import MappingProxyType

from agents.contract import Agent, AgentSpec
from agents.specialists.baseline import BaselineAgent
from agents.specialists.data_manager import DataManager
from agents.specialists.github import GitHubAgent
from agents.specialists.reporting import ReportingAgent
from agents.specialists.security import SecurityAgent
from agents.validating import Validated

_AGENTS: tuple[type[Agent], ...] = (DataManager, GitHubAgent, SecurityAgent, BaselineAgent, ReportingAgent)


def catalog() -> Mapping[str, AgentSpec]:
    """Return every agent's spec by the agent's name, in the catalogue's order."""
    return MappingProxyType({agent.spec.name: agent.spec for agent in _AGENTS})


def build(name: str) -> Agent:
    """Return a new agent of that name, whose reports are checked.

    KeyError, naming those that exist, where there is none.
    """
    for agent in _AGENTS:
        if agent.spec.name == name:
            return Validated(agent())
    raise KeyError(f"no agent is called {name!r}; there are: {', '.join(catalog())}")
