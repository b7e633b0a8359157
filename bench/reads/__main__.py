"""`python -m bench.reads`: what public reads cost, as a table and as JSON."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from uvloop import new_event_loop

from bench import report
from bench.booking.setup import create_events, prepare_platform
from bench.load import Load
from bench.reads.rounds import Cost, measure_round
from bench.report import Bar
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 5.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    events: Annotated[int, typer.Option(min=20, help="How many events there are to be listed.")] = 1000,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 16,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure reads of one event and of a page of 20, compared with a GET that does nothing."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken = runner.run(_measure(events, rounds, connections, seconds, warm_up))
    bars = bars_of(taken)
    report.show(bars)
    measured = [{kind: asdict(cost) for kind, cost in each.items()} for each in taken]
    asked = {"seconds": seconds, "events": events, "connections": connections, "measured": measured}
    print(report.write(results, "reads", bars, asked))


async def _measure(events: int, rounds: int, connections: int, seconds: float, warm_up: float) -> list[dict[str, Cost]]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
            access_token_expire_minutes=1440,
        )
        async with open_platform(settings, create=True) as container:
            platform = await prepare_platform(container, people=1)
            await create_events(platform, events)
            event_id = await platform.create_event("Read by everybody", 100)
            with serving(data_dir) as (host, port):
                load = Load(host, port, connections, seconds, warm_up)
                taken = []
                for number in range(1, rounds + 1):
                    print(f"round {number} of {rounds}", flush=True)
                    taken.append(await measure_round(load, event_id, platform.tokens[0]))
        return taken


def bars_of(taken: list[dict[str, Cost]]) -> list[Bar]:
    """R1 to R4. Each ratio is taken within a round, under the same conditions. The median counts."""

    def bar(name: str, what: str, kind: str, least: float) -> Bar:
        ratio = median(each[kind].per_second / each["nothing"].per_second for each in taken)
        rate, rate_of_nothing = (median(each[one].per_second for each in taken) for one in (kind, "nothing"))
        cpu, cpu_of_nothing = (median(each[one].cpu_ms for each in taken) for one in (kind, "nothing"))
        figures = f"{rate:.0f}/s ÷ {rate_of_nothing:.0f}/s; {cpu:.3f} and {cpu_of_nothing:.3f} ms of processor time"
        return Bar(name, f"{what} ÷ GETs that do nothing", ratio, figures, least=least)

    return [
        bar("R1", "an event", "event", 0.5),
        bar("R2", "an event that the client has (304)", "known event", 0.5),
        bar("R3", "a page of 20, searched for each time", "list", 0.1),
        bar("R4", "a page of 20 that is kept", "kept list", 0.3),
    ]


if __name__ == "__main__":
    typer.run(main)
