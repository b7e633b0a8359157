"""Rate limits by user, by client address, or by address and account.

Responses of limited routes carry the headers of draft-ietf-httpapi-ratelimit-headers (version 10).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.middleware.auth import maybe_principal, principal
from adapters.http.shared.client_addresses import client_address
from adapters.http.shared.declarations import H, declaration
from adapters.http.shared.forms import FORM
from adapters.http.shared.json_bodies import parse_json
from core.shared.email import normalise_email
from core.shared.errors import TooMany
from core.shared.limits import Limit, Limiter, LimitResult

POLICY_FIELD = "RateLimit-Policy"
STATE_FIELD = "RateLimit"

_TEXT_PARAMETERS = frozenset({"q", "search", "name", "venue"})

_COUNTS = web.RequestKey[tuple[list[Limit], list[LimitResult]]]("limits")


class RateLimited(TooMany):
    """There were too many requests; in `retry_after` seconds the next one is allowed."""

    code = "rate-limited"


@dataclass(frozen=True, slots=True)
class Policy:
    """The name of a limit, and the key under which a request counts: None if it does not count."""

    name: str
    key: Callable[[web.Request], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class RateLimiting:
    """The limiter that counts, and the limit of every policy by its name."""

    limiter: Limiter
    limits: Mapping[str, Limit]


async def by_address(request: web.Request) -> str:
    return client_address(request)


async def by_user(request: web.Request) -> str:
    return str(principal(request).user_id)


async def by_address_and_account(request: web.Request) -> str | None:
    """Combine both, so that nobody can lock out an account from another address. The key hides the account."""
    email = await _sent_field(request, "email")
    if not isinstance(email, str):
        return None
    return sha256(f"{client_address(request)} {normalise_email(email)}".encode()).hexdigest()


async def by_searcher(request: web.Request) -> str | None:
    """Count only searches of texts (`EventQuery.searches_texts`), for the user, or for the address of who has none."""
    if not any(text and name in _TEXT_PARAMETERS for name, text in request.query.items()):
        return None
    user = maybe_principal(request)
    return str(user.user_id) if user else client_address(request)


async def by_user_with_password(request: web.Request) -> str | None:
    """Count only requests that contain a password, since only they can guess one."""
    return None if await _sent_field(request, "current_password") is None else await by_user(request)


async def _sent_field(request: web.Request, field: str) -> object:
    """Return a field of the form or of the JSON body; None if it is missing, or if the body is neither."""
    if FORM in request:
        return request[FORM].raw(field) or None
    try:
        body = parse_json(await request.read())
    except orjson.JSONDecodeError:
        return None
    return body.get(field) if isinstance(body, dict) else None


LOGIN_ADDRESS = Policy("login-address", by_address)
LOGIN = Policy("login", by_address_and_account)
PASSWORD = Policy("password", by_user_with_password)
DATA = Policy("data", by_user)
SIGNUP = Policy("signup", by_address)
FORGOT = Policy("forgot", by_address)
RESET = Policy("reset", by_address)
VERIFY = Policy("verify", by_address)
RESEND = Policy("resend", by_user)
REFRESH = Policy("refresh", by_address)
REGISTER = Policy("register", by_address)
SUBSCRIBE = Policy("subscribe", by_address)
UNSUBSCRIBE = Policy("unsubscribe", by_address)
BOOKING = Policy("booking", by_user)
ADMIN = Policy("admin", by_user)
IMAGES = Policy("images", by_user)
FIGURES = Policy("figures", by_user)
SEARCH = Policy("search", by_searcher)

POLICIES = (
    LOGIN_ADDRESS,
    LOGIN,
    PASSWORD,
    DATA,
    SIGNUP,
    FORGOT,
    RESET,
    VERIFY,
    RESEND,
    REFRESH,
    REGISTER,
    SUBSCRIBE,
    UNSUBSCRIBE,
    BOOKING,
    ADMIN,
    IMAGES,
    FIGURES,
    SEARCH,
)


def rate_limit(*policies: Policy) -> Callable[[H], H]:
    """Declare that a handler is rate limited. Policies count in this order; the first that is exceeded refuses."""

    def declare(handler: H) -> H:
        declaration(handler)["limits"] = policies
        return handler

    return declare


def rate_limit_requests(handlers: Iterable[Handler], limiting: RateLimiting) -> Middleware:
    """Create the middleware that counts requests to limited handlers, valid or not. Raises RateLimited."""
    policies: dict[Handler, tuple[Policy, ...]] = {
        handler: getattr(handler, "__apispec__", {}).get("limits", ()) for handler in handlers
    }

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if handler_policies := policies.get(request.match_info.handler):
            await _count(request, handler_policies, limiting)
        return await handler(request)

    return limit


async def add_limit_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of the limits. A signal of on_response_prepare, so that problems carry them too.

    A response that proxies may give to others does not say what is left to the one who got it first.
    """
    if _COUNTS in request:
        limits, counted = request[_COUNTS]
        response.headers[POLICY_FIELD] = ", ".join(f'"{each.name}";q={each.amount};w={each.window}' for each in limits)
        if counted and not response.headers.get(hdrs.CACHE_CONTROL, "").startswith("public"):
            state = (f'"{each.limit.name}";r={each.left};t={each.reset}' for each in counted)
            response.headers[STATE_FIELD] = ", ".join(state)


async def _count(request: web.Request, policies: Iterable[Policy], limiting: RateLimiting) -> None:
    limits = {policy: limiting.limits[policy.name] for policy in policies}
    counts: list[LimitResult] = []
    request[_COUNTS] = list(limits.values()), counts
    for policy, limit in limits.items():
        key = await policy.key(request)
        if key is None:
            continue
        counted = await limiting.limiter.count(limit, key)
        counts.append(counted)
        if not counted.allowed:
            raise RateLimited(
                f"Too many requests: {limit.amount} in {limit.window} s are allowed. Try again in {counted.reset} s.",
                retry_after=counted.reset,
                policy=limit.name,
            )
