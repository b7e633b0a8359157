"""Create the application: its middlewares in order, and its paths with and without a final slash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.http.docs.api_reference import ABOUT, About, documentation_routes
from adapters.http.docs.problem_pages import problem_routes
from adapters.http.health import Check, operation_routes
from adapters.http.library_patches import check_expectations
from adapters.http.live.hub import Hub, Live
from adapters.http.live.websocket import CORS_ORIGINS, HUB, live_routes
from adapters.http.metrics_access import ANYBODY, MetricsAccess
from adapters.http.middleware.auth import authenticate_requests, is_public
from adapters.http.middleware.closing import CLOSING, close_when_stopping
from adapters.http.middleware.compression import compress_responses
from adapters.http.middleware.conditional import conditional_requests
from adapters.http.middleware.cors import add_cors_headers, parse_origins, preflight
from adapters.http.middleware.disconnection import RUNNING, finish_requests, outlive_client
from adapters.http.middleware.problems import problem_responses
from adapters.http.middleware.public_cache import PUBLIC_CACHE, PublicCache, clear_public_cache
from adapters.http.middleware.rate_limiting import RateLimiting, add_limit_headers, rate_limit_requests
from adapters.http.middleware.request_log import add_request_id, log_requests
from adapters.http.middleware.security_headers import add_security_headers
from adapters.http.middleware.server_options import server_options
from adapters.http.middleware.slow_bodies import limit_slow_bodies
from adapters.http.middleware.validation import validate_requests
from adapters.http.pages import routes as pages
from adapters.http.pages.shared.addresses import WITH_SLASH, refuse_unreadable_addresses
from adapters.http.pages.shared.cookies import SECURE
from adapters.http.pages.shared.declarations import page_declaration
from adapters.http.pages.shared.form_reading import read_forms, refuse_foreign_forms
from adapters.http.pages.shared.problems import page_problems
from adapters.http.pages.shared.rendering import PLATFORM, PUBLIC_URL, set_up_rendering
from adapters.http.pages.shared.sessions import authenticate_pages
from adapters.http.shared.client_addresses import TRUSTED_PROXIES, Network
from adapters.http.use_cases import USE_CASES, UseCases
from core.accounts.signing_in import Authenticate
from core.shared.metrics import Metrics
from core.shared.platform import PLATFORM_NAME


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """The settings of the application.

    `public_url` is where people reach it, without a final slash: pages link to it, and their cookies are sent over TLS
    alone if it is HTTPS. `cors_origins` are origins as browsers send them; X-Forwarded-For is trusted if it comes from
    `trusted_proxies`; `metrics_access` says who may read the metrics; `compression` is off if a proxy compresses;
    `max_body` is in bytes; `hsts` is for hosts that are reached by TLS only.
    """

    title: str = PLATFORM_NAME
    public_url: str = "http://127.0.0.1:8000"
    version: str = metadata.version("nocturne")
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    metrics_access: MetricsAccess = ANYBODY
    compression: bool = True
    max_body: int = 1024**2
    hsts: bool = False


def create_app(
    routes: Iterable[web.RouteDef],
    *,
    use_cases: UseCases,
    options: HttpOptions,
    metrics: Metrics,
    ready: Mapping[str, Check],
    authenticate: Authenticate,
    public_cache: PublicCache,
    helpers: Mapping[str, Check] | None = None,
    limiting: RateLimiting | None = None,
    measures: Sequence[Check] = (),
    live: Live | None = None,
) -> web.Application:
    """Create an application with these routes and those for operation, documentation, problems and pages.

    `ready` are the checks of what the process needs in order to serve: each returns if it is available and raises if
    not. `helpers` are reported in the same way, but the process serves without them. Without `limiting` no rate is
    limited. `measures` are called before the metrics are rendered, for values that must be queried. Without `live`
    there is no WebSocket.
    """
    api_routes = [
        *routes,
        *operation_routes(ready, metrics, helpers or {}, measures, options.metrics_access),
        *documentation_routes(),
        *problem_routes(),
        *(live_routes() if live else []),
    ]
    all_routes = [*api_routes, *pages.ROUTES]
    handlers = [route.handler for route in all_routes]
    compressible = [
        *(route.handler for route in api_routes if is_public(route.handler)),
        *(route.handler for route in pages.ROUTES if _may_be_compressed(route.handler)),
    ]
    origins = parse_origins(options.cors_origins)

    app = web.Application(
        middlewares=[
            outlive_client,
            log_requests(metrics),
            server_options,
            *([preflight(origins)] if origins else []),
            problem_responses,
            page_problems,
            limit_slow_bodies(),
            check_expectations,
            authenticate_requests(handlers, authenticate),
            refuse_unreadable_addresses(handlers),
            refuse_foreign_forms(handlers),
            authenticate_pages(handlers),
            read_forms(handlers),
            *([rate_limit_requests(handlers, limiting)] if limiting else []),
            validate_requests(handlers),
            *([compress_responses(compressible)] if options.compression else []),
            conditional_requests(handlers),
            clear_public_cache(handlers, public_cache),
        ],
        client_max_size=options.max_body,
    )
    app[RUNNING] = set()
    app[CLOSING] = asyncio.Event()
    app[USE_CASES] = use_cases
    app[PUBLIC_CACHE] = public_cache
    app[TRUSTED_PROXIES] = options.trusted_proxies
    app[ABOUT] = About(options.title, options.version)
    app[PLATFORM] = options.title
    app[PUBLIC_URL] = options.public_url
    app[SECURE] = options.public_url.startswith("https://")
    set_up_rendering(app)
    app.on_response_prepare.append(add_request_id)
    app.on_response_prepare.append(close_when_stopping)
    if limiting:
        app.on_response_prepare.append(add_limit_headers)
    app.on_response_prepare.append(add_security_headers(hsts=options.hsts))
    if origins:
        app.on_response_prepare.append(add_cors_headers(origins))
    if live:
        hub = app[HUB] = Hub(live, use_cases, authenticate, metrics)
        app[CORS_ORIGINS] = origins
        app.cleanup_ctx.append(hub.run)
        app.on_shutdown.append(hub.close_all)
    app.on_cleanup.append(finish_requests)
    app.add_routes(all_routes)
    app.add_routes(with_slash(route) for route in api_routes if not route.path.endswith("/"))
    app.add_routes(WITH_SLASH)  # last: they have what no other route has
    return app


def _may_be_compressed(handler: Handler) -> bool:
    """Return whether a page has no secret but the tokens of its forms, which look different each time."""
    page = page_declaration(handler)
    return page is None or not page.shows_secret


def create_operations_app(
    *,
    options: HttpOptions,
    metrics: Metrics,
    ready: Mapping[str, Check],
    helpers: Mapping[str, Check],
    measures: Sequence[Check],
) -> web.Application:
    """Create an application with only the routes for operation: health, readiness and metrics."""
    app = web.Application(middlewares=[log_requests(metrics), server_options, problem_responses, check_expectations])
    app[TRUSTED_PROXIES] = options.trusted_proxies
    app.on_response_prepare.append(add_request_id)
    app.on_response_prepare.append(add_security_headers(hsts=False))
    app.add_routes(operation_routes(ready, metrics, helpers, measures, options.metrics_access))
    return app


def with_slash(route: web.RouteDef) -> web.RouteDef:
    """Return the same route with a final slash. It has the same handler, since a redirect would lose the body."""
    options = {name: value for name, value in route.kwargs.items() if name != "name"}
    return web.RouteDef(route.method, f"{route.path}/", route.handler, options)
