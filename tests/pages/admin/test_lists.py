"""The lists of admins: filters, orders, pages, files, and who may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from adapters.http.pages.admin.lists import LISTS
from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser, SeenPage

PATHS = ["/admin", "/admin/sources", "/admin/areas/new", "/admin/users/new", *(each.table.path for each in LISTS)]


def names(page: SeenPage) -> list[str]:
    """Return what the first column of the list has."""
    return [" ".join(cell.get_text(" ").split()) for cell in page.document.select("[data-row] th a")]


@pytest.mark.parametrize("path", PATHS)
async def test_each_page_is_for_admins_and_works_when_nothing_is_there(
    browser: FormBrowser, new_browser: Callable[[], FormBrowser], otto: Person, path: str
) -> None:
    page = await browser.open(path)
    assert (page.status, bool(page.heading)) == (200, True)
    somebody = new_browser()
    assert (await somebody.open(path)).path == "/sign-in"
    await somebody.sign_in(otto.email)
    assert (await somebody.open(path)).status == 403


async def test_a_list_is_filtered_by_its_form_and_each_filter_is_a_chip_that_can_be_removed(
    browser: FormBrowser, otto: Person
) -> None:
    await create_event(otto, name="Poetry night", city="Berlin")
    await create_event(otto, name="Brass night", city="Hamburg")
    page = await browser.submit(await browser.open("/admin/events"), "Find", q="night", city="berlin", status="open")
    assert names(page) == ["Poetry night"]
    chips = {chip.get_text(" ").split()[0]: str(chip["href"]) for chip in page.document.select(".set-filters a")}
    assert {"Words", "Status", "City"} <= chips.keys()
    wider = await browser.open(chips["City"])
    assert sorted(names(wider)) == ["Brass night", "Poetry night"]
    assert names(await browser.open("/admin/events?status=cancelled")) == []


async def test_a_wrong_filter_is_explained_and_what_was_typed_is_kept(browser: FormBrowser) -> None:
    page = await browser.open("/admin/audit?actor_id=%3Cb%3Ewho&action=user.added")
    assert page.status == 422
    assert page.document.title is not None
    assert page.document.title.get_text().startswith("Error: ")
    field = page.document.select_one("#f-actor_id")
    assert field is not None
    assert (field["value"], field["aria-invalid"]) == ("<b>who", "true")
    assert "<b>who" not in page.html
    assert (await browser.open("/admin/events?nonsense=1")).status == 200


async def test_headings_sort_and_say_so(browser: FormBrowser, otto: Person) -> None:
    for name in ("Alpha", "Gamma", "Beta"):
        await create_event(otto, name=name)
    page = await browser.open("/admin/events?sort=name")
    assert names(page) == ["Alpha", "Beta", "Gamma"]
    [sorted_by] = page.document.select("th[aria-sort]")
    assert (sorted_by.get_text().startswith("Name"), sorted_by["aria-sort"]) == (True, "ascending")
    reverse = sorted_by.select_one("a")
    assert reverse is not None
    assert names(await browser.open(str(reverse["href"]))) == ["Gamma", "Beta", "Alpha"]


async def test_a_long_list_goes_on_after_its_last_row(api: Api, browser: FormBrowser, otto: Person) -> None:
    for number in range(52):
        await create_event(otto, name=f"Night {number:02}")
    first = await browser.open("/admin/events?sort=name")
    assert "50 of 52" in first.text
    [more] = [str(link["href"]) for link in first.document.select("a[rel=next]")]
    second = await browser.open(more)
    assert [*names(first), *names(second)] == [f"Night {number:02}" for number in range(52)]
    lost = await browser.open("/admin/events?cursor=gone")
    assert (lost.path, lost.status) == ("/admin/events", 200)
    assert "This is the first one" in lost.html


async def test_events_are_counted_by_date_down_to_the_day(browser: FormBrowser, otto: Person) -> None:
    for start in ("2026-12-24T20:00:00Z", "2026-12-24T22:00:00Z", "2027-02-01T20:00:00Z"):
        await create_event(otto, start_time=start)

    def dates(page: SeenPage) -> dict[str, str]:
        return {" ".join(link.get_text(" ").split()): str(link["href"]) for link in page.document.select(".dates li a")}

    years = dates(await browser.open("/admin/events"))
    assert list(years) == ["2026 2", "2027 1"]
    months = dates(await browser.open(years["2026 2"]))
    assert list(months) == ["December 2"]
    days = dates(await browser.open(months["December 2"]))
    assert list(days) == ["Thu 24 2"]
    day = await browser.open(days["Thu 24 2"])
    assert (len(names(day)), dates(day)) == (2, {})
    assert (await browser.open("/admin/events?on=2026-13")).status == 422
    assert (await browser.open("/admin/events?on=2026-02-30")).status == 422


async def test_a_file_has_all_that_match_and_runs_nothing(browser: FormBrowser, otto: Person, ada: Person) -> None:
    event = await create_event(otto, name="=HYPERLINK(1)", price="14.50", capacity=5)
    await create_event(otto, name="Other")
    await book(ada, event["id"], quantity=2)
    answer = await browser.open("/admin/bookings.csv?status=pending")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert 'filename="bookings-2026-11-20.csv"' in answer.headers["Content-Disposition"]
    heading, row = csv.reader(io.StringIO(answer.html.lstrip("\ufeff")))
    assert heading[:2] == ["Booking", "Event"]
    assert row[1:7] == ["'=HYPERLINK(1)", "ada", "ada@example.com", "2", "29.00 EUR", "pending"]
    assert answer.html.count("\r\n") == 2


async def test_the_first_page_says_what_needs_attention_and_leads_to_its_cure(
    api: Api, browser: FormBrowser, otto: Person, ada: Person
) -> None:
    quiet = await browser.open("/admin")
    assert "Nothing. Every message was delivered" in quiet.text
    event = await create_event(otto, name="Moved show")
    await book(ada, event["id"])
    await otto.post(f"/api/admin/events/{event['id']}/deactivate")
    page = await browser.open("/admin")
    assert "1 event to come is hidden although people have booked it" in page.text
    [cure] = [str(link["href"]) for link in page.document.select(".alert a")]
    assert names(await browser.open(cure)) == ["Moved show"]
