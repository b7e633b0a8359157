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
from bench.accounts.rounds import Round, measured, people_of
from bench.load import Load
from bench.report import Bar, ms, p99
from bench.running import ROOT, data_folder, serving
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

CORES = os.cpu_count() or 1


def main(
    *,
    seconds: Annotated[float, typer.Option(help="How long each thing is measured.")] = 10.0,
    warm_up: Annotated[float, typer.Option(help="How long it runs before that.")] = 1.0,
    connections: Annotated[int, typer.Option(help="How many ask at once.")] = 16,
    rounds: Annotated[int, typer.Option(help="How often everything is measured; the median counts.")] = 3,
    results: Annotated[Path, typer.Option(help="The folder for the figures.")] = ROOT / "bench" / "results",
) -> None:
    """Measure log-ins on the embedded database, with the defaults of argon2 or what the environment says of it."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        taken, parameters = runner.run(_taken(rounds, connections, seconds, warm_up))
    bars = bars_of(taken)
    report.show(bars)
    print("Cores that others took meanwhile:", ", ".join(f"{each.others:.2f}" for each in taken))
    asked = {"seconds": seconds, "connections": connections, "cores": CORES, "parameters": parameters}
    print(report.write(results, "accounts", bars, asked | {"measured": [_told(each) for each in taken]}))


async def _taken(rounds: int, connections: int, seconds: float, warm_up: float) -> tuple[list[Round], dict[str, str]]:
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
        # The database is this process's, and outlives the server: what it has written is looked at afterwards.
        async with open_platform(settings) as container:
            people = await people_of(container, connections)
            with serving(data_dir, **parameters) as (host, port):
                load = Load(host, port, connections, seconds, warm_up)
                taken = []
                for number in range(1, rounds + 1):
                    print(f"round {number} of {rounds}", flush=True)
                    taken.append(await measured(container, people, load))
        return taken, parameters


def bars_of(taken: list[Round]) -> list[Bar]:
    """P7. Each ratio is taken within a round, where both sides had the same machine; the median counts."""
    ratio = median(each.log_ins / (CORES * each.one_core) for each in taken)
    log_ins, one_core = median(each.log_ins for each in taken), median(each.one_core for each in taken)
    patience = median(p99(each.probes) for each in taken)
    return [
        Bar(
            "P7",
            "log-ins ÷ (cores · verifies of one)",
            ratio,
            f"{log_ins:.1f}/s ÷ {CORES} · {one_core:.1f}/s",
            least=0.8,
        ),
        Bar("P7", "p99 of /healthz in the rush, in ms", patience * 1000, ms(patience), most=50),
    ]


def _told(one: Round) -> dict[str, object]:
    waits = {"p50": ms(median(one.waits)), "p99": ms(p99(one.waits))}
    probes = {"p50": ms(median(one.probes)), "p99": ms(p99(one.probes)), "asked": len(one.probes)}
    return {"others": one.others, "one_core": one.one_core, "log_ins": one.log_ins, "log-in": waits, "/healthz": probes}


if __name__ == "__main__":
    typer.run(main)
