"""`python -m bench.accounts`: P7 as a table and as JSON."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from uvloop import new_event_loop

from bench import report
from bench.accounts.rounds import Round, create_people, measure_round
from bench.load import Load
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

CORES = os.cpu_count() or 1


def main(
    *,
    seconds: Annotated[float, typer.Option(help="Seconds that each measurement takes.")] = 10.0,
    warm_up: Annotated[float, typer.Option(help="Seconds of load before each measurement.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many clients send requests at once.")] = 16,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median is reported.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure log-ins on the embedded database, with the default parameters of argon2 or those in the environment."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken, parameters = runner.run(_measure(rounds, connections, seconds, warm_up))
    bars = make_bars(taken)
    report.show(bars)
    print("Cores used by other processes meanwhile:", ", ".join(f"{each.others:.2f}" for each in taken))
    asked = {"seconds": seconds, "connections": connections, "cores": CORES, "parameters": parameters}
    print(report.write(results, "accounts", bars, asked | {"measured": [_figures(each) for each in taken]}))


async def _measure(rounds: int, connections: int, seconds: float, warm_up: float) -> tuple[list[Round], dict[str, str]]:
    with data_folder() as data_dir:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
            profile=Profile.EMBEDDED,
            database_url=None,
            jwt_secret=None,
            data_dir=data_dir,
        )
        parameters = {
            name.upper(): str(value)
            for name, value in settings.model_dump().items()
            if name.startswith("argon2_") and value is not None
        }
        # The database belongs to this process and outlives the server, so that its data can be checked afterwards.
        async with open_platform(settings, create=True) as container:
            people = await create_people(container, connections)
            with serving(data_dir, **parameters) as (host, port):
                load = Load(host, port, connections, seconds, warm_up)
                taken = []
                for number in range(1, rounds + 1):
                    print(f"round {number} of {rounds}", flush=True)
                    taken.append(await measure_round(container, people, load))
        return taken, parameters


def make_bars(taken: list[Round]) -> list[Bar]:
    """P7. Each ratio is taken within a round, under the same conditions. The median counts."""
    ratio = median(each.log_ins / (CORES * each.one_core) for each in taken)
    log_ins, one_core = median(each.log_ins for each in taken), median(each.one_core for each in taken)
    latency = median(p99(each.probes) for each in taken)
    return [
        Bar(
            "P7",
            "log-ins ÷ (cores · verifies of one)",
            ratio,
            f"{log_ins:.1f}/s ÷ {CORES} · {one_core:.1f}/s",
            least=0.8,
        ),
        Bar("P7", "p99 of /healthz under load, in ms", latency * 1000, ms(latency), most=50),
    ]


def _figures(one: Round) -> dict[str, object]:
    log_ins = {"p50": ms(median(one.latencies)), "p99": ms(p99(one.latencies))}
    probes = {"p50": ms(median(one.probes)), "p99": ms(p99(one.probes)), "asked": len(one.probes)}
    return {
        "others": one.others,
        "one_core": one.one_core,
        "log_ins": one.log_ins,
        "log-in": log_ins,
        "/healthz": probes,
    }


if __name__ == "__main__":
    typer.run(main)
