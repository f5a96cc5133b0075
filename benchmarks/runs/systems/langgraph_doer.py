"""How LangGraph does a run: a compiled graph, checkpointed to Postgres through a pool; durability as it is by default.

The standard run is a graph of named nodes; a fan is map and reduce with ``Send``, as its documentation has it.
"""

import asyncio
import operator
import os
from functools import cache
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from benchmarks.runs.systems.peer import ADDRESS, one_at_a_time
from benchmarks.runs.work import Work
from benchmarks.stand.payload import payload

POOL = 10


class State(TypedDict):
    """What travels through a graph."""

    seconds: float
    results: Annotated[list[dict[str, Any]], operator.add]


async def node(state: State) -> dict[str, Any]:
    """Be one step."""
    if state["seconds"]:
        await asyncio.sleep(state["seconds"])
    return {"results": [payload("s")]}


class LangGraphDoer:
    """Runs graphs in this process."""

    async def open(self) -> None:
        """Connect, and make the tables where they are missing."""
        url = os.environ[ADDRESS]
        kwargs = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        self._pool: Any = AsyncConnectionPool(url, min_size=2, max_size=POOL, kwargs=kwargs, open=False)
        await self._pool.open()
        self._saver = AsyncPostgresSaver(self._pool)
        with one_at_a_time(url):
            await self._saver.setup()
        self._graph = cache(self._compiled)

    async def do(self, work: Work) -> None:
        """Run one graph."""
        config = {"configurable": {"thread_id": str(uuid4())}}
        await self._graph(work.phases).ainvoke({"seconds": work.seconds, "results": []}, config)

    async def close(self) -> None:
        """Let connections go."""
        await self._pool.close()

    def _compiled(self, phases: tuple[int, ...]) -> Any:  # noqa: ANN401  a compiled graph
        """Return the graph of some phases."""
        graph = StateGraph(State)
        if len(phases) == 2:  # A fan.
            self._map(graph, width=phases[0])
        else:
            self._levels(graph, phases)
        return graph.compile(checkpointer=self._saver)

    def _map(self, graph: Any, *, width: int) -> None:  # noqa: ANN401  the same, not compiled
        graph.add_node("first", node)
        graph.add_node("last", node)
        graph.add_conditional_edges(START, lambda state: [Send("first", state) for _ in range(width)], ["first"])
        graph.add_edge("first", "last")
        graph.add_edge("last", END)

    def _levels(self, graph: Any, phases: tuple[int, ...]) -> None:  # noqa: ANN401  the same
        before: list[str] = []
        for level, width in enumerate(phases):
            names = [f"s{level}.{number}" for number in range(width)]
            for name in names:
                graph.add_node(name, node)
                graph.add_edge(before or START, name)
            before = names
        graph.add_edge(before, END)


def open_doer() -> LangGraphDoer:
    """Return what does the runs."""
    return LangGraphDoer()
