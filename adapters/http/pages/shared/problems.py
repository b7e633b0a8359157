"""Refusals and errors as pages, for people; the API has its own (`middleware/problems.py`)."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from adapters.http.middleware.problems import Problem, problem_of, title_of
from adapters.http.middleware.request_log import request_id
from adapters.http.pages.shared.declarations import page_declaration
from adapters.http.pages.shared.rendering import page_response

_log = structlog.get_logger(__name__)

_TITLES = {
    HTTPStatus.FORBIDDEN: "This page is not for you",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.TOO_MANY_REQUESTS: "That was a lot at once",
    HTTPStatus.SERVICE_UNAVAILABLE: "We are out of breath",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
}
_PROGRAM_PATHS = ("/api", "/ws", "/static", "/metrics", "/healthz", "/readyz")


@web.middleware
async def page_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show refusals and errors as pages where people would read them."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except Exception as error:
        if request.writer.output_size > 0 or not _is_for_people(request):
            raise
        problem = problem_of(error)
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.exception("unexpected error")
        return problem_page(request, problem)


def problem_page(request: web.Request, problem: Problem) -> web.Response:
    """Return the page of a problem."""
    headers = {name: text for name, text in problem.headers.items() if name != "WWW-Authenticate"}
    return page_response(
        request,
        "problem.html",
        status=problem.status,
        headers=headers,
        heading=_TITLES.get(HTTPStatus(problem.status), title_of(problem.code)),
        problem=problem,
        request_id=request_id(request),
        retry_after=problem.headers.get("Retry-After"),
    )


def _is_for_people(request: web.Request) -> bool:
    if page_declaration(request.match_info.handler) is not None:
        return True
    is_unknown = request.match_info.http_exception is not None
    wants_html = "text/html" in request.headers.get(hdrs.ACCEPT, "")
    return is_unknown and wants_html and not request.rel_url.path.startswith(_PROGRAM_PATHS)
