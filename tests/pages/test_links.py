"""Every link leads somewhere, to a page without mistakes, for everybody who sees it."""

from __future__ import annotations

import pytest

from tests.support.documents import Document, find_mistakes
from tests.support.site import AREAS, Role, Site

BROKEN = """<!doctype html><title></title><body><main id=a><p id=a><h2>Nothing</h2><img src="/x.png">
<input name=q><button></button><a href="#lost">There</a><p style="color: red"><script>1</script></p></b>"""


@pytest.mark.parametrize("role", Role)
async def test_every_link_leads_to_a_page_without_mistakes(site: Site, role: Role) -> None:
    visits = await site.crawl(role)
    assert [f"{visit.status} {visit.url} from {visit.linked_from}" for visit in visits if visit.status >= 400] == []
    pages = {visit.url: visit.document for visit in visits if visit.document and "/api/" not in visit.url}
    assert {url: found for url, page in pages.items() if (found := find_mistakes(page))} == {}
    assert any(AREAS[role].match(visit.shape) for visit in visits if visit.document)


def test_mistakes_of_a_page_would_be_found() -> None:
    found = " ".join(find_mistakes(Document("https://site.example/", BROKEN)))
    for mistake in (
        "Unexpected end tag (b)",
        "the id 'a' occurs 2 times",
        "0 h1",
        "no title",
        "language is unknown",
        "no viewport",
        "no alt",
        "no label: q",
        "a button has no name",
        "nothing on its page: #lost",
        "style of p is inline",
        "script is inline",
    ):
        assert mistake in found
