"""Child processes are announced when ready, started again when they end, and never outlive their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from core.shared.lifecycle import StartError
from entrypoints.children import Child, supervise

READY = "import os, sys; print('ready', flush=True)\n"
UNTIL_STOPPED = READY + "sys.stdin.read()"
UNTIL_SIGNAL = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit({code}))\n" + UNTIL_STOPPED
NOTE_PID = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')\n"


def child(script: str, *arguments: str) -> Child:
    return Child("toy", [sys.executable, "-c", script, *arguments], os.environ)


async def test_processes_are_announced_once_all_are_ready_and_stop_with_a_signal() -> None:
    stop, announced = asyncio.Event(), list[str]()
    children = [child(UNTIL_SIGNAL.format(code=0)) for _ in range(2)]

    def announce() -> None:
        announced.append("all ready" if all(each.ready.is_set() for each in children) else "too early")
        stop.set()

    assert await supervise(children, stop, announce)
    assert announced == ["all ready"]


async def test_a_process_that_ends_with_an_error_when_stopped_is_reported() -> None:
    stop = asyncio.Event()
    assert not await supervise([child(UNTIL_SIGNAL.format(code=3))], stop, stop.set)


async def test_a_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    pids, stop = tmp_path / "pids", asyncio.Event()
    killed_itself_once = NOTE_PID + "if len(open(sys.argv[1]).readlines()) == 2: os.kill(int(sys.argv[2]), 10)\n"
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop.set)

    def kill_the_first() -> None:
        os.kill(int(pids.read_text()), signal.SIGKILL)

    script = killed_itself_once + UNTIL_SIGNAL.format(code=0)
    await supervise([child(script, str(pids), str(os.getpid()))], stop, kill_the_first)
    assert len(set(pids.read_text().split())) == 2


async def test_nothing_is_announced_or_started_again_when_a_process_can_not_start() -> None:
    stop, announced = asyncio.Event(), list[str]()
    children = [child("import sys; sys.exit(7)"), child(UNTIL_SIGNAL.format(code=0))]
    with pytest.raises(StartError, match=r"^The process toy ended before it was ready \(7\)\.$"):
        await supervise(children, stop, lambda: announced.append("ready"))
    assert not announced


async def test_a_program_that_is_missing_is_reported_and_the_others_are_stopped() -> None:
    children = [Child("toy", ["/no/such/program"], os.environ), child(UNTIL_SIGNAL.format(code=0))]
    with pytest.raises(StartError, match="No such file or directory"):
        await supervise(children, asyncio.Event(), lambda: None)


async def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path: Path) -> None:
    parent = (
        "import asyncio, os, sys\n"
        "from entrypoints.children import Child, supervise\n"
        "child = Child('toy', [sys.executable, '-c', sys.argv[1]], os.environ)\n"
        "asyncio.run(supervise([child], asyncio.Event(), lambda: os.kill(os.getpid(), 9)))\n"
    )
    ended = tmp_path / "ended"
    os.mkfifo(ended)
    script = UNTIL_STOPPED + f"\nopen({str(ended)!r}, 'w').write('ended')"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent, script, cwd=Path(__file__).parents[3], stderr=asyncio.subprocess.DEVNULL
    )
    assert await asyncio.to_thread(ended.read_text) == "ended"
    assert await process.wait() == -signal.SIGKILL
