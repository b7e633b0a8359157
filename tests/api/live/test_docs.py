"""What docs/live.md says is true (G1)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from adapters.http.live import limits
from adapters.http.live.connections import MAX_QUEUED_BYTES
from adapters.http.live.encoding import CloseCode
from core.live import frames
from core.live.coalescing import MAX_SEATS_PER_FRAME
from tests.support.api_client import Api, book, create_event

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "live.md").read_text()

Watch = Callable[[str, str], Coroutine[Any, Any, None]]


@pytest.fixture
def watch() -> Watch:
    """The function of the page."""
    [block] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "docs"}
    exec(block, names)  # noqa: S102 - the code comes from our own documentation
    example: Watch = names["watch"]
    return example


async def test_the_example_prints_what_happens_to_an_event(
    api: Api, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
    ada = await api.sign_in()
    printed = ""

    async def until_printed(name: str) -> None:
        nonlocal printed
        while f'{{"event":"{name}"' not in printed:
            await asyncio.sleep(0.01)
            printed += capsys.readouterr().out

    watching = asyncio.create_task(watch(str(api.client.make_url("/")).rstrip("/"), event_id))
    async with asyncio.timeout(30):
        await until_printed("event_viewers")
        await book(ada, event_id)
        await until_printed("ticket:purchased")
    watching.cancel()
    await asyncio.wait([watching])


def test_every_frame_and_close_code_is_explained() -> None:
    names = {getattr(each, "name", None) for each in vars(frames).values() if isinstance(each, type)} - {None}
    assert len(names) == 8
    assert [name for name in names if f"| `{name}` |" not in PAGE] == []
    assert [code for code in CloseCode if f"| {code.value} |" not in PAGE] == []


def test_the_limits_are_those_of_the_code() -> None:
    assert f"more than {MAX_SEATS_PER_FRAME:,} seats" in PAGE
    assert f"| a message of {limits.MAX_MESSAGE_BYTES // 1024} KiB |" in PAGE
    assert f"| {limits.MAX_ROOMS} events per connection |" in PAGE
    at_once, per_second = limits.MAX_MESSAGES_AT_ONCE, limits.MESSAGES_PER_SECOND
    assert f"| {at_once} messages at once, then {per_second:g} per second |" in PAGE
    assert f"after {limits.MAX_REFUSED_MESSAGES} of them" in PAGE
    assert f"| {MAX_QUEUED_BYTES // 1024} KiB that wait to be read by a client |" in PAGE
