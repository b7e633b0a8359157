"""Compares the responses of an application with its own OpenAPI document.

@pytest.fixture
def app() -> Iterator[web.Application]:
    app = create_app(...)
    answers = Documented(app)
    yield app
    assert not answers.undocumented
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from adapters.http.docs.openapi import build_document
from adapters.http.middleware.request_log import CLIENT_CLOSED, route_of
from adapters.http.shared.declarations import is_for_people

PAGES = frozenset(
    {
        "/",
        "/api/docs",
        "/api/docs/assets/{name}",
        "/api/redoc",
        "/api/schema",
        "/api/swagger",
        "/booking",
        "/confirm-subscription",
        "/problems",
        "/reset-password",
        "/unsubscribe",
        "/verify-email",
        "/problems/{code}",
    }
)
"""HTML pages, which the document leaves out."""


class Documented:
    """Records the responses of an application that its document does not describe, in `undocumented`."""

    def __init__(self, app: web.Application, ignored: Iterable[str] = PAGES) -> None:
        self.undocumented: set[tuple[str, str, int]] = set()
        self._ignored = frozenset(ignored)
        self._known = documented_answers(app)
        app.on_response_prepare.append(self._note)

    async def _note(self, request: web.Request, response: web.StreamResponse) -> None:
        route = route_of(request)
        handler = request.match_info.handler
        if request.match_info.http_exception is not None or route in self._ignored or is_for_people(handler):
            return  # no route that could be documented
        if response.status == CLIENT_CLOSED:
            return
        answer = ("GET" if request.method == "HEAD" else request.method, route, response.status)
        if answer not in self._known:
            self.undocumented.add(answer)


def documented_answers(app: web.Application) -> frozenset[tuple[str, str, int]]:
    """Return method, path template and status of every response in the document."""
    routes = frozenset(
        (route.method, route.resource.canonical, route.handler.__module__, route.handler.__qualname__)
        for route in app.router.routes()
        if route.resource is not None
    )
    if routes not in _known:  # every test creates an application, and most have the same routes
        paths = build_document(app, title="", version="")["paths"]
        _known[routes] = frozenset(
            (method.upper(), path, int(status))
            for path, operations in paths.items()
            for method, operation in operations.items()
            for status in operation["responses"]
        )
    return _known[routes]


_known: dict[frozenset[tuple[str, str, str, str]], frozenset[tuple[str, str, int]]] = {}


def undocumented_routes(app: web.Application, ignored: Iterable[str] = PAGES) -> set[tuple[str, str]]:
    """Return method and path template of the routes that the document leaves out."""
    documented = {(method, path) for method, path, _ in documented_answers(app)}
    served = {
        (route.method, route.resource.canonical.rstrip("/") or "/")
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD" and not is_for_people(route.handler)
    }
    return {route for route in served - documented if route[1] not in frozenset(ignored)}
