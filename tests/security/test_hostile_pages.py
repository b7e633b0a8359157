"""Whatever is sent to the pages, each request gets an answer that is not an error of the server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Iterator, Sequence

import pytest

from adapters.http.pages.routes import ROUTES
from adapters.http.pages.shared.csrf import CSRF_FIELD
from adapters.postgres.shared.engine import create_engine
from tests.support.crawling import Visit, Walker, crawl
from tests.support.database import empty
from tests.support.hostile_requests import (
    Request,
    find_failures,
    with_hostile_forms,
    with_hostile_paths,
    with_hostile_queries,
)
from tests.support.site import STARTS, Role, Site, demo_site

OPEN_TO_ALL = ("/", "/calendar", "/near", "/subscribe", "/sign-in", "/sign-up", "/forgot")
ENDS_SESSIONS = ("/sign-out", "/me/sessions")
AT_MOST = 50
"""So many requests of each kind are sent: the same in every run, chosen by chance."""


@pytest.fixture(scope="module")
def site(postgres_url: str) -> Iterator[Site]:
    """The demo in PostgreSQL, which refuses more than memory does."""
    with demo_site(postgres_url) as running:
        yield running
    asyncio.run(_empty(postgres_url))


async def _empty(url: str) -> None:
    engine = create_engine(url, pool_size=1)
    await empty(engine)
    await engine.dispose()


async def test_no_page_fails_whatever_is_sent_by_a_stranger(site: Site) -> None:
    async with site.walk() as walker:
        visits = [await walker.get(f"{walker.base}{path}") for path in OPEN_TO_ALL]
        assert await _find_failures(walker, visits) == []


@pytest.mark.timeout(300)
async def test_no_page_fails_whatever_is_sent_by_somebody_who_may_open_all(site: Site) -> None:
    async with site.walk(Role.ADMIN) as walker:
        visits = await crawl(walker, (path for starts in STARTS.values() for path in starts))
        assert await _find_failures(walker, visits) == []


async def _find_failures(walker: Walker, visits: Sequence[Visit]) -> Sequence[str]:
    token = await _form_token(walker)
    paths = [_with_token(each, token) for route in ROUTES for each in with_hostile_paths(route.method, route.path)]
    kinds = (paths, list(with_hostile_queries(visits)), list(with_hostile_forms(visits, kept={CSRF_FIELD})))
    assert all(kinds)
    return await find_failures(walker.session, walker.base, [each for kind in kinds for each in _some(kind)])


def _some(requests: Sequence[Request]) -> Iterable[Request]:
    """Return some of the requests. Those that would end the session, and with it the test, are left out."""
    harmless = [each for each in requests if not each.address.startswith(ENDS_SESSIONS)]
    return random.Random(0).sample(harmless, min(len(harmless), AT_MOST))


def _with_token(request: Request, token: str) -> Request:
    fields = ((CSRF_FIELD.encode(), token.encode()),) if request.method == "POST" else ()
    return Request(request.method, request.address, fields)


async def _form_token(walker: Walker) -> str:
    page = (await walker.get(f"{walker.base}/subscribe")).document
    assert page is not None
    return next(dict(form.fields)[CSRF_FIELD] for form in page.forms() if CSRF_FIELD in dict(form.fields))
