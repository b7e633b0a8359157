"""What aiohttp answers before a middleware has seen the request is told as everything else is told.

Requests that can't be parsed have no route and so no application: their answer is written here, whole. Requests that
expect something unknown (RFC 9110, section 10.1.1) are passed on to be refused by a middleware. Both are taken from
aiohttp here, as its applications can be told of neither.
"""

from __future__ import annotations

from contextlib import suppress

import structlog
from aiohttp import hdrs, http_exceptions, web, web_protocol, web_urldispatcher
from aiohttp.typedefs import Handler

from adapters.http.middleware.problems import http_problem, problem_response
from adapters.http.middleware.request_log import HEADER, request_id
from adapters.http.middleware.security_headers import DEFAULTS

CONTINUE = "100-continue"

_log = structlog.get_logger()
_send_continue = web_urldispatcher._default_expect_handler


@web.middleware
async def check_expectations(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what is expected and is not done here. Who waits to be told to go on has been told by now."""
    if (request.headers.get(hdrs.EXPECT) or CONTINUE).lower() != CONTINUE:
        raise web.HTTPExpectationFailed
    return await handler(request)


async def _go_on(request: web.Request) -> None:
    with suppress(web.HTTPExpectationFailed):
        await _send_continue(request)


def _tell(
    _: web_protocol.RequestHandler,
    request: web.Request,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,
) -> web.Response:
    """Answer a request that can't be parsed; or one that broke what stands around the middlewares."""
    if status != web.HTTPBadRequest.status_code:
        _log.error("unexpected error", request_id=request_id(request), exc_info=exc)
        problem = http_problem("internal-error")
    else:
        # Of what the parser says, nothing: it may quote what was sent.
        _log.info("bad request", request_id=request_id(request), reason=type(exc).__name__)
        is_of_body = isinstance(exc, http_exceptions.PayloadEncodingError)
        problem = http_problem("bad-body" if is_of_body else "bad-request")
    if request.writer.output_size > 0:
        raise ConnectionError("An answer has begun, so that there can be no other.")
    response = problem_response(problem, request)
    response.headers.update({HEADER: request_id(request), **DEFAULTS})
    response.force_close()
    return response


web_urldispatcher._default_expect_handler = _go_on
web_protocol.RequestHandler.handle_error = _tell  # type: ignore[assignment,method-assign]
