"""Every refusal and error becomes `application/problem+json` (RFC 9457), without internal details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from marshmallow import ValidationError

from adapters.http.middleware.request_log import CLIENT_CLOSED, request_id
from adapters.http.middleware.slow_bodies import BodyTooSlow
from adapters.http.shared.field_errors import flatten_messages
from adapters.http.shared.responses import to_json
from adapters.http.shared.statuses import status_of
from core.shared.errors import InvalidFields, Refusal

_log = structlog.get_logger(__name__)

HTTP_PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad-body": (400, "The body broke off, or its encoding is not what its headers say."),
    "bad-request": (400, "The request is not valid HTTP."),
    "body-too-large": (413, "The body is larger than this server accepts."),
    "body-too-slow": (408, "The body arrived too slowly, or not at all."),
    "expectation-failed": (417, "The `Expect` header asks for something that this server does not support."),
    "internal-error": (500, "Something went wrong on the server. It was logged with the request id."),
    "method-not-allowed": (405, "This address does not support the method."),
    "range-not-satisfiable": (416, "The file has no such part."),
}
"""Problems that are not refusals, by their code: the status, and what happened."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem to respond with. `code` is a stable slug, `detail` a sentence; `facts` become further members."""

    status: int
    code: str
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@web.middleware
async def problem_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into problem responses. Redirects pass. If the client has disconnected, nothing is sent."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except Exception as error:
        has_left = request.transport is None or request.transport.is_closing()
        if has_left and isinstance(error, ConnectionResetError):
            return web.Response(status=CLIENT_CLOSED)
        problem, has_begun = problem_of(error), request.writer.output_size > 0
        if has_begun or problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.exception("unexpected error")
        if has_begun:
            return _abort(request)
        return problem_response(problem, request)


def problem_of(error: Exception) -> Problem:
    """Return the problem that clients see for an error."""
    match error:
        case Refusal():
            return _refusal_problem(error)
        case ValidationError():
            return _refusal_problem(InvalidFields(flatten_messages(error.messages)))
        case web.HTTPException():
            return _http_error_problem(error)
        case BodyTooSlow():
            return http_problem("body-too-slow")
        case web.RequestPayloadError():
            return http_problem("bad-body")
    return http_problem("internal-error")


def title_of(code: str) -> str:
    """Return the title of a problem, for people."""
    return code.replace("-", " ").capitalize()


def problem_response(problem: Problem, request: web.Request) -> web.Response:
    """Build the response of a problem."""
    body: dict[str, object] = {
        "type": f"/problems/{problem.code}",
        "title": title_of(problem.code),
        "status": problem.status,
        "detail": problem.detail,
        "instance": request.rel_url.raw_path,
        "code": problem.code,
        "request_id": request_id(request),
    }
    for name, fact in problem.facts.items():
        body.setdefault(name, fact)
    return web.Response(
        status=problem.status,
        body=to_json(body),
        headers={**problem.headers, "Content-Type": "application/problem+json"},
    )


def _abort(request: web.Request) -> web.Response:
    """Close the connection after a partial response, so that no client takes it for a complete one."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=CLIENT_CLOSED)


def _refusal_problem(refusal: Refusal) -> Problem:
    status = status_of(type(refusal))
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    elif status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = str(refusal.facts.get("retry_after", 1))
    return Problem(status, refusal.code, refusal.detail, refusal.facts, headers)


def _http_error_problem(error: web.HTTPException) -> Problem:
    phrase = HTTPStatus(error.status).phrase
    match error:
        case web.HTTPNotFound():
            return Problem(404, "not-found", "There is nothing at this address.")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            detail = f"This address does not support {error.method}. It supports {allowed}."
            return replace(http_problem("method-not-allowed"), detail=detail, headers={"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            return http_problem("body-too-large")
    code = phrase.lower().replace(" ", "-")
    return http_problem(code) if code in HTTP_PROBLEMS else Problem(error.status, code, f"{phrase}.")


def http_problem(code: str) -> Problem:
    """Return the problem of this code in `HTTP_PROBLEMS`."""
    status, detail = HTTP_PROBLEMS[code]
    return Problem(status, code, detail)
