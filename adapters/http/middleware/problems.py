"""Every refusal and every error leaves as `application/problem+json` (RFC 9457), and says nothing of our insides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from marshmallow import ValidationError

from adapters.http.middleware.request_log import BROKEN_OFF, request_id
from adapters.http.middleware.validation import flatten_messages
from adapters.http.shared.responses import to_json
from adapters.http.shared.statuses import status_of
from core.shared.errors import InvalidFields, Refusal

_log = structlog.get_logger()

HTTP_PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad-body": (400, "The body broke off, or is not encoded as its headers say, or in a way that is not known here."),
    "bad-request": (400, "What was sent is not a proper request."),
    "body-too-large": (413, "The body is larger than is taken here."),
    "expectation-failed": (417, "The `Expect` header asks for something that is not done here."),
    "internal-error": (500, "Something went wrong here. It has been noted under the request id."),
    "method-not-allowed": (405, "There is something at this address, but it does not take this method."),
}
"""What is wrong before any rule is asked, by its code: the status, and what happened."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What will be told. `code` is a stable slug, `detail` a sentence, `facts` become members of their own."""

    status: int
    code: str
    detail: str
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@web.middleware
async def problem_responses(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever is raised into its answer; redirects pass, and so does a client that has left."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except Exception as error:
        has_left = request.transport is None or request.transport.is_closing()
        if has_left and isinstance(error, ConnectionResetError):
            return web.Response(status=BROKEN_OFF)
        problem, has_begun = problem_of(error), request.writer.output_size > 0
        if has_begun or problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.exception("unexpected error")
        if has_begun:
            return _broken_off(request)
        return problem_response(problem, request)


def problem_of(error: Exception) -> Problem:
    """The problem an error is, for those outside."""
    match error:
        case Refusal():
            return _refused(error)
        case ValidationError():
            return _refused(InvalidFields(flatten_messages(error.messages)))
        case web.HTTPException():
            return _http(error)
        case web.RequestPayloadError():
            return http_problem("bad-body")
    return http_problem("internal-error")


def title_of(code: str) -> str:
    """What a problem is called, for people."""
    return code.replace("-", " ").capitalize()


def problem_response(problem: Problem, request: web.Request) -> web.Response:
    """The answer that tells of a problem."""
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


def _broken_off(request: web.Request) -> web.Response:
    """Too late for another answer: the connection is cut, so that nobody takes a part for the whole."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=BROKEN_OFF)


def _refused(refusal: Refusal) -> Problem:
    status = status_of(type(refusal))
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = str(refusal.facts.get("retry_after", 1))
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    return Problem(status, refusal.code, refusal.detail, refusal.facts, headers)


def _http(error: web.HTTPException) -> Problem:
    phrase = HTTPStatus(error.status).phrase
    match error:
        case web.HTTPNotFound():
            return Problem(404, "not-found", "There is nothing at this address.")
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            detail = f"{error.method} is not possible here; {allowed} is."
            return replace(http_problem("method-not-allowed"), detail=detail, headers={"Allow": allowed})
        case web.HTTPRequestEntityTooLarge():
            return http_problem("body-too-large")
    code = phrase.lower().replace(" ", "-")
    return http_problem(code) if code in HTTP_PROBLEMS else Problem(error.status, code, f"{phrase}.")


def http_problem(code: str) -> Problem:
    """The problem of this code in `MISHAPS`."""
    status, detail = HTTP_PROBLEMS[code]
    return Problem(status, code, detail)
