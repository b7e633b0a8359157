"""All patches of libraries. Only aiohttp needs any.

aiohttp offers no hook for responses that are written before or without a middleware, so three of its functions and
constants are replaced. Each patch names the releases it was checked with and the symptom without it;
`tests/api/conventions/test_library_patches.py` shows each symptom with the original, so it fails when a patch is no
longer needed, and fails for a release that nobody has checked.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import structlog
from aiohttp import hdrs, http_exceptions, web, web_protocol, web_response, web_urldispatcher
from aiohttp.typedefs import Handler

from adapters.http.middleware.problems import http_problem, problem_response
from adapters.http.middleware.request_log import HEADER, request_id
from adapters.http.middleware.security_headers import DEFAULTS

CHECKED_RELEASES = "3.14"
"""The minor release of aiohttp that all patches were checked with. For another one run the tests of this module."""

CONTINUE = "100-continue"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patch:
    """The replacement of `owner.attribute`; `symptom` is what a client sees without it."""

    owner: object
    attribute: str
    replacement: object
    symptom: str
    original: object


@web.middleware
async def check_expectations(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse unknown expectations with 417 (RFC 9110, section 10.1.1). aiohttp has already answered `100-continue`."""
    if (request.headers.get(hdrs.EXPECT) or CONTINUE).lower() != CONTINUE:
        raise web.HTTPExpectationFailed
    return await handler(request)


async def _accept_expectation(request: web.Request) -> None:
    """Send `100 Continue` where it is expected; leave anything else to `check_expectations`."""
    with suppress(web.HTTPExpectationFailed):
        await _original_expect_handler(request)


def _handle_error(
    _: web_protocol.RequestHandler,
    request: web.Request,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,
) -> web.Response:
    """Answer a request that can't be parsed, or that failed outside the middlewares, with a problem document."""
    if status != web.HTTPBadRequest.status_code:
        _log.error("unexpected error", request_id=request_id(request), exc_info=exc)
        problem = http_problem("internal-error")
    else:
        # The parser's message is not logged: it may quote what was sent.
        _log.info("bad request", request_id=request_id(request), reason=type(exc).__name__)
        is_of_body = isinstance(exc, http_exceptions.PayloadEncodingError)
        problem = http_problem("bad-body" if is_of_body else "bad-request")
    if request.writer.output_size > 0:
        raise ConnectionError("The response has been started, so no other can be sent.")
    response = problem_response(problem, request)
    response.headers.update({HEADER: request_id(request), **DEFAULTS})
    response.force_close()
    return response


_original_expect_handler = web_urldispatcher._default_expect_handler

EXPECTATIONS = Patch(
    web_urldispatcher,
    "_default_expect_handler",
    _accept_expectation,
    "An unknown `Expect` is answered 417 in plain text before any middleware runs: no problem document, no log line.",
    _original_expect_handler,
)
ERRORS = Patch(
    web_protocol.RequestHandler,
    "handle_error",
    _handle_error,
    "A request that can't be parsed is answered in plain text, without a problem document or security headers.",
    web_protocol.RequestHandler.handle_error,
)
SERVER = Patch(
    web_response,
    "SERVER_SOFTWARE",
    "nocturne",
    "Every response names the releases of Python and aiohttp, which helps those who look for known vulnerabilities.",
    web_response.SERVER_SOFTWARE,  # type: ignore[attr-defined]
)

PATCHES = (EXPECTATIONS, ERRORS, SERVER)

for _patch in PATCHES:
    setattr(_patch.owner, _patch.attribute, _patch.replacement)
