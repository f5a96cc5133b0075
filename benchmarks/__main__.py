"""``python -m benchmarks monitor|memory``: run a benchmark, print what it does, write its figures as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from benchmarks import balance as evenness
from benchmarks import memory as idle
from benchmarks import monitor as passes
from benchmarks import rabbitmq
from benchmarks import waiting as waits
from benchmarks.plans import measure as planned
from benchmarks.runs import measure as durable
from benchmarks.runs.measuring import Wishes as RunWishes
from benchmarks.urgent import measure as lanes

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_json = click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Measure Lookout on this machine. Every benchmark has a home and servers of its own and leaves nothing behind."""


@main.command()
@click.option("--repositories", type=click.IntRange(min=1), default=200, help="How many to make up for the watchlist.")
@click.option("--commits", type=click.IntRange(500, 50_000), default=10_000, help="Length of the long history.")
@click.option("--flaws", type=click.IntRange(min=0), default=2_000, help="Known flaws in the packages made up.")
@click.option("--github", type=click.IntRange(min=1), default=200, help="How many to make up on GitHub.")
@click.option("--case", "cases", type=click.Choice(passes.CASES), multiple=True, help="These alone; may be repeated.")
@click.option("--history", type=_FOLDER, help="A repository in place of the long history.")
@click.option("--git", type=_FOLDER, multiple=True, help="A repository in place of those made up; may be repeated.")
@click.option("--rounds", type=click.IntRange(min=1), default=1, help="Medians are taken over them.")
@click.option("--seed", type=int, default=1, help="The same seed makes the same repositories.")
@_json
def monitor(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Time `lookout run` on a long history and on long watchlists, and check every finding.

    Repositories on GitHub are answered for by a replay of made-up exchanges; nothing is asked outside this machine.
    Exits with 1 where a planted finding is missing or wrong, or where one is found that was not planted.
    """
    _finish(passes.measure(passes.Wishes(**given), say=_say), file=file)


@main.command()
@_json
def memory(file: Path | None) -> None:
    """Weigh the idle stack of `lookout up`, a light worker, and what imports bring with them.

    Exits with 1 where a goal is missed.
    """
    _finish(idle.measure(say=_say), file=file)


@main.command()
@click.option("--runs", type=click.IntRange(min=20), default=2_000, help="Of eight steps each; disturbances scale.")
@click.option("--seed", type=int, default=1, help="What is drawn for the load and its disturbances.")
@click.option("--plain", is_flag=True, help="Do the same to a plain Celery canvas as well, for comparison.")
@click.option("--plain-runs", type=click.IntRange(min=20), default=200, help="How many runs the plain canvas gets.")
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path), help="Keep the processes' logs here.")
@_json
def chaos(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Kill, stop, cut and wipe the real stack under load, and hold its ledger against a log of effects.

    Exits with 1 where a run is lost, an effect is doubled or missing, a run is past its deadline without an end, or
    another goal is missed.
    """
    from benchmarks.chaos import report  # noqa: PLC0415  each benchmark loads what it needs alone

    _finish(report.measure(report.Wishes(**given), say=_say), file=file)


@main.command()
@click.option("--times", type=click.IntRange(min=1), default=20, help="How often every worker is restarted.")
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path), help="Keep the processes' logs here.")
@_json
def restarts(file: Path | None, *, times: int, logs: Path | None) -> None:
    """Restart every worker gracefully, one after the other, under load.

    Exits with 1 where a run is lost or an effect is doubled.
    """
    from benchmarks.chaos import rolling  # noqa: PLC0415  the same

    _finish(rolling.measure(times=times, logs=logs, say=_say), file=file)


@main.command()
@click.option("--systems", default="", help="Names with commas between them; all where none is given.")
@click.option("--seconds", type=click.FloatRange(min=1), default=8.0, help="Length of a window.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, help="Medians are taken over them.")
@click.option("--quick", is_flag=True, help="One short round, for use while tuning.")
@_json
def runs(file: Path | None, *, systems: str, seconds: float, rounds: int, quick: bool) -> None:
    """Measure durable runs against raw Celery and others, in turn, on one Postgres and one Valkey.

    Exits with 1 where a goal is missed, or where a system that is installed could not be measured.
    """
    names = tuple(name.strip() for name in systems.split(",") if name.strip())
    wishes = RunWishes.quick(names) if quick else RunWishes(systems=names, seconds=seconds, rounds=rounds)
    _finish(durable.measure(wishes, say=_say), file=file)


@main.command()
@click.option("--number", type=click.IntRange(min=1), default=1_000, help="The most steps in flight at once.")
@click.option("--seconds", type=click.FloatRange(min=0.1), default=10.0, help="How long each of them waits.")
@click.option("--processes", type=click.IntRange(min=1), default=2, help="Workers that hold them, on threads.")
@_json
def waiting(file: Path | None, *, number: int, seconds: float, processes: int) -> None:
    """Hold many waiting steps in flight at once, through the whole ledger.

    Exits with 1 where they are not all in flight at once, or take more than 1.2 times what one waits.
    """
    numbers = (*(few for few in (10, 100) if few < number), number)
    _finish(waits.measure(waits.Wishes(numbers, seconds, processes), say=_say), file=file)


@main.command()
@click.option("--runs", type=click.IntRange(min=1), default=1_000, help="How many wait for a person at once.")
@_json
def approvals(file: Path | None, *, runs: int) -> None:
    """Let runs wait for a person for a week, as far as the ledger can tell, then approve them all.

    Exits with 1 where they hold a slot, add 5 MB to the workers, are tried or sent meanwhile, or do not go on.
    """
    from benchmarks.approvals import measure  # noqa: PLC0415  each benchmark loads what it needs alone

    _finish(measure.measure(measure.Wishes(runs=runs), say=_say), file=file)


@main.command()
@click.option("--steps", type=click.IntRange(min=2), default=1_200, help="How many steps the workers share.")
@click.option("--seed", type=int, default=1, help="The same seed draws the same step times.")
@_json
def balance(file: Path | None, *, steps: int, seed: int) -> None:
    """Share steps of very different lengths among two and four workers on one queue.

    Exits with 1 where workers differ by more than 5 % in busy seconds.
    """
    _finish(evenness.measure(evenness.Wishes(steps=steps, seed=seed), say=_say), file=file)


@main.command()
@click.option("--backlog", type=click.IntRange(min=10), default=10_000, help="Scheduled steps of 200 ms to queue.")
@click.option("--criticals", type=click.IntRange(min=1), default=100, help="Critical steps, one by one.")
@click.option("--plans", type=click.IntRange(min=1), default=100, help="Real security plans, one by one.")
@click.option("--broker", type=click.Choice(["redis", "rabbitmq"]), default="redis", help="Which kind; of our own.")
@click.option("--seed", type=int, default=1, help="The same seed makes the same repositories.")
@_json
def urgent(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Time critical work while scheduled work is queued everywhere, and see that the lowest class does not starve.

    Exits with 1 where a goal is missed, with 2 where the broker's program is not installed.
    """
    wishes = lanes.Wishes(**given)
    if wishes.broker == lanes.RABBITMQ and rabbitmq.program() is None:
        raise click.UsageError(f"{rabbitmq.PROGRAM} is not installed: {rabbitmq.INSTALL}")
    _finish(lanes.measure(wishes, say=_say), file=file)


@main.command()
@click.argument("data", type=_FOLDER, default=planned.DATA)
@click.option("--slots", type=click.IntRange(min=1), default=4, help="Slots of the worker.")
@click.option("--seconds", type=click.FloatRange(min=1), default=15.0, help="About how long each plan takes.")
@click.option("--seed", type=int, default=1, help="The same seed draws the same times for the made-up plans.")
@_json
def plans(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Do the plans of the recorded workflows in the folder DATA, and made-up ones, and schedule them on paper.

    Exits with 1 where a plan takes more than 1.1 times what highest-level-first list scheduling makes of it.
    """
    _finish(planned.measure(planned.Wishes(**given), say=_say), file=file)


@main.command()
@click.option("--kills", type=click.IntRange(min=2), default=10, help="How often the leader is killed or stopped.")
@click.option("--occurrences", type=click.IntRange(min=1), default=10_000, help="How many are to be fired in all.")
@_json
def beats(file: Path | None, *, kills: int, occurrences: int) -> None:
    """Kill and stop the leading scheduler in turn while schedules fall due, then let the database's clock leap.

    Exits with 1 where another takes 10 s or longer, or where an occurrence is lost, doubled, or fired by an old leader.
    """
    from benchmarks.beats import measure  # noqa: PLC0415  the same

    _finish(measure.measure(kills=kills, occurrences=occurrences, say=_say), file=file)


@main.command()
@click.option("--rows", type=click.IntRange(min=1_000), default=10_000_000, help="How many attempts to write.")
@click.option("--rounds", type=click.IntRange(min=2), default=30, help="Few and many are timed in turn, so often.")
@click.option("--prune-seconds", type=click.FloatRange(min=1), default=20.0, help="How long to remove what is old.")
@_json
def attempts(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Time claims with 10,000 attempts and with millions, remove what is old, and compare with partitions.

    Exits with 1 where many attempts slow a claim by more than a fifth.
    """
    from benchmarks import attempts as old  # noqa: PLC0415  each benchmark loads what it needs alone

    _finish(old.measure(old.Wishes(**given), say=_say), file=file)


@main.command()
@click.option("--seconds", type=click.FloatRange(min=20), default=120.0, help="How long the flood lasts.")
@click.option("--warm", type=click.FloatRange(min=5), default=20.0, help="How long the stack's own pace is taken.")
@_json
def overload(file: Path | None, *, seconds: float, warm: float) -> None:
    """Send the stack ten times as many triggers as it can do, and watch memory, backlog and answers.

    Exits with 1 where memory grows by more than 10 %, a bound is exceeded, or 95 of 100 answers take over 200 ms.
    """
    from benchmarks.overload import measure  # noqa: PLC0415  the same

    _finish(measure.measure(measure.Wishes(seconds=seconds, warm=warm), say=_say), file=file)


@main.command()
@click.option("--times", type=click.IntRange(min=2), default=100, help="How often to replay.")
@click.option("--processes", type=click.IntRange(min=1), default=10, help="Among how many processes, one by one.")
@click.option("--repositories", type=click.IntRange(min=1), default=4, help="How many the bundle holds.")
@click.option("--seed", type=int, default=1, help="The same seed makes the same bundle.")
@_json
def identical(file: Path | None, **given: Any) -> None:  # noqa: ANN401  the options above, by the names of the wishes
    """Replay one bundle under a frozen clock and a given run id, and compare the reports byte for byte.

    Exits with 1 where two differ, where a replay does not succeed, or where something tries to reach the network.
    """
    from benchmarks.identical import measure  # noqa: PLC0415  each benchmark loads what it needs alone

    _finish(measure.measure(measure.Wishes(**given), say=_say), file=file)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _finish(figures: dict[str, Any], *, file: Path | None) -> None:
    text = json.dumps(figures, indent=2)
    if file:
        file.write_text(text + "\n", encoding="utf-8")
    print(text)
    sys.exit(0 if figures["passed"] else 1)


if __name__ == "__main__":
    main()
