"""All pages once on PostgreSQL, since the other tests of pages are in memory."""

from __future__ import annotations

import pytest

from tests.support.site import Role, demo_site


@pytest.mark.usefixtures("engine")
async def test_no_link_is_broken_on_postgresql(postgres_url: str) -> None:
    with demo_site(postgres_url) as site:
        visits = [visit for role in Role for visit in await site.crawl(role, only_own=True)]
    assert [f"{visit.status} {visit.url} from {visit.linked_from}" for visit in visits if visit.status >= 400] == []
    assert len({visit.shape for visit in visits if visit.document}) > 60
