"""The figures on the first page of admins (H1)."""

from __future__ import annotations

from tests.support.api_client import Person, book, create_event
from tests.support.form_browser import FormBrowser, SeenPage


def figures_of(page: SeenPage) -> dict[str, str]:
    return {str(link["href"]): link.get_text(" ", strip=True) for link in page.document.select(".figures a")}


async def test_the_figures_of_a_new_platform_say_that_there_is_nothing_yet(browser: FormBrowser) -> None:
    page = await browser.open("/admin")
    assert "No bookings. No cancellations." in page.text
    assert "Nothing was paid yet." in page.text
    assert "Nothing to come is booked yet." in page.text
    assert page.document.select(".plot") == []


async def test_figures_are_as_of_a_time_until_they_are_refreshed(
    browser: FormBrowser, otto: Person, ada: Person
) -> None:
    before = await browser.open("/admin")
    assert "As of 12:00 UTC" in before.text
    event = await create_event(otto, name="Night of the short film", price="12.50", capacity=8)
    booking = await (await book(ada, event["id"], quantity=6)).json()
    await ada.post(f"/api/bookings/{booking['id']}/pay", {"payment_token": "tok_approve"})
    page = await browser.submit(before, "Refresh")
    assert (page.status, page.path) == (200, "/admin")
    figures = figures_of(page)
    assert figures["/admin/bookings?status=confirmed"] == "6 places booked 0 parties in line"
    assert figures["/admin/bookings"] == "1 booking this week 6 places"
    assert "75% 6 of 8 places are booked." in page.text
    assert "€75.00 EUR" in page.text
    [plot] = page.document.select(".plot")
    assert plot["aria-label"] == "1 booking from 14 Nov to 20 Nov, the most on 20 Nov: 1. No cancellations."
    [row] = page.document.select("table.bars caption:-soup-contains('Most booked') ~ tbody tr")
    assert row.get_text(" ", strip=True) == "Night of the short film 6 of 8"
