"""Static files: kept for ever under their version."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.http.pages.shared import assets
from adapters.http.pages.shared.assets import load_assets
from adapters.http.pages.shared.icons import NAMES
from tests.support.api_client import Api


async def test_a_file_is_kept_for_ever_at_the_address_that_pages_have(api: Api) -> None:
    page = await (await api.anonymous.get("/sign-in")).text()
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    assert {address.rpartition(".")[2] for address in addresses} == {"css", "js", "png", "svg"}
    for address in addresses:
        answer = await api.anonymous.get(address)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


async def test_a_file_of_another_version_is_not_kept(api: Api) -> None:
    answer = await api.anonymous.get("/static/000000000000/css/app.css")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_scripts_are_sent_without_comments_in_the_same_lines(api: Api) -> None:
    source = (Path(assets.__file__).parent.parent / "static/js/live/connection.js").read_text()
    sent = await (await api.anonymous.get(load_assets().url("js/live/connection.js"))).text()
    assert "/**" in source
    assert not re.search(r"^\s*(/\*|\*|//)", sent, re.MULTILINE)
    lines = {number: line.strip() for number, line in enumerate(source.splitlines())}
    assert all(line in ("", lines[number]) for number, line in enumerate(sent.splitlines()))
    assert "export class Connection {" in sent


async def test_there_is_nothing_else(api: Api) -> None:
    for name in ("css/../../routes.py", "%2e%2e/routes.py", "css/nothing.css", "css/tokens.css"):
        assert (await api.anonymous.get(f"/static/{load_assets().version}/{name}")).status == 404


async def test_every_icon_is_drawn(api: Api) -> None:
    drawn = await (await api.anonymous.get(load_assets().url("icons.svg"))).text()
    for name in NAMES:
        assert re.search(f'<symbol id="{name}"[^>]*><[a-z]+ ', drawn), name
