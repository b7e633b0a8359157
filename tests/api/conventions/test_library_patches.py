"""Every patch of aiohttp is still needed, and was checked with the release that is installed."""

from __future__ import annotations

import asyncio
import inspect

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from pytest_aiohttp import AiohttpServer

from adapters.http.library_patches import CHECKED_RELEASES, ERRORS, EXPECTATIONS, PATCHES, SERVER, Patch


def restore(patch: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the original back for one test."""
    monkeypatch.setattr(patch.owner, patch.attribute, patch.original)


async def response_to(aiohttp_server: AiohttpServer, request: bytes) -> tuple[str, list[str]]:
    """The response of an application with one resource, and the requests that its middleware saw."""
    seen: list[str] = []

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen.append(request.path)
        return await handler(request)

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application(middlewares=[record])
    app.router.add_get("/", hello)
    server = await aiohttp_server(app)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    response = await reader.read()
    writer.close()
    await writer.wait_closed()
    return response.decode(), seen


GET = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
UNPARSABLE = b"nonsense\r\n\r\n"


def test_the_installed_release_of_aiohttp_was_checked() -> None:
    assert aiohttp.__version__.startswith(f"{CHECKED_RELEASES}."), "Check each patch, then change CHECKED_RELEASES."


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.attribute)
def test_it_is_in_place(patch: Patch) -> None:
    assert getattr(patch.owner, patch.attribute) is patch.replacement
    assert patch.original is not patch.replacement


@pytest.mark.parametrize("patch", [EXPECTATIONS, ERRORS], ids=lambda patch: patch.attribute)
def test_it_takes_the_arguments_of_the_original(patch: Patch) -> None:
    assert callable(patch.original)
    assert callable(patch.replacement)
    original, ours = (inspect.signature(each).parameters.values() for each in (patch.original, patch.replacement))
    assert [(each.kind, each.default) for each in original] == [(each.kind, each.default) for each in ours]
    assert [each.name for each in original][1:] == [each.name for each in ours][1:]


async def test_without_the_patch_an_unknown_expectation_reaches_no_middleware(
    aiohttp_server: AiohttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = GET + b"Expect: miracles\r\n\r\n"
    _, seen = await response_to(aiohttp_server, request)
    assert seen == ["/"]
    restore(EXPECTATIONS, monkeypatch)
    response, seen = await response_to(aiohttp_server, request)
    assert " 417 " in response
    assert seen == []


async def test_without_the_patch_an_unparsable_request_is_answered_in_plain_text(
    aiohttp_server: AiohttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    response, _ = await response_to(aiohttp_server, UNPARSABLE)
    assert "application/problem+json" in response
    restore(ERRORS, monkeypatch)
    response, _ = await response_to(aiohttp_server, UNPARSABLE)
    assert " 400 " in response
    assert "text/plain" in response


async def test_without_the_patch_a_response_names_the_releases_of_python_and_aiohttp(
    aiohttp_server: AiohttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = GET + b"\r\n"
    response, _ = await response_to(aiohttp_server, request)
    assert "Server: nocturne\r\n" in response
    restore(SERVER, monkeypatch)
    response, _ = await response_to(aiohttp_server, request)
    assert f"aiohttp/{aiohttp.__version__}" in response
