"""An agent that asks a person before it does what a player does."""

from agents.contract import Agent, AgentReport, AskKind, Question, Work
from agents.errors import PersonNeededError
from benchmarks.stand.agents import CAST as PLAYERS
from benchmarks.stand.agents import Player

KEY = "go"


class Asker(Player):
    """Asks whether it may, once, and does as a player does when it may."""

    spec = Player.spec.model_copy(update={"name": "asker", "title": "Asker", "capabilities": frozenset({"ask"})})

    def run(self, work: Work) -> AgentReport:
        """Ask, or play."""
        if KEY not in work.answers:
            raise PersonNeededError(Question(key=KEY, text=f"May {work.step} be played?", kind=AskKind.APPROVAL))
        return super().run(work)


CAST: tuple[type[Agent], ...] = (*PLAYERS, Asker)
