"""Doing something with many things at once: the effect first, a word for what is dangerous, the outcome of each."""

from __future__ import annotations

from uuid import UUID

from core.administration.model import BulkRunId
from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def statuses(person: Person) -> list[str]:
    return [each["status"] for each in (await (await person.get("/api/me/bookings")).json())["items"]]


async def test_selected_bookings_are_cancelled_after_the_word_is_typed(
    api: Api, browser: FormBrowser, otto: Person, ada: Person
) -> None:
    event = await create_event(otto, name="Jazz & <more>", capacity=10)
    await book(ada, event["id"], key="1", quantity=2)
    booking = (await (await book(ada, event["id"], key="2")).json())["id"]
    effect = await browser.submit(await browser.open("/admin/bookings"), "Cancel bookings…", ids=[booking])
    assert "1 booking will be cancelled. 1 place will be free for those who wait." in effect.text
    assert "Jazz & <more>: 1 place" in effect.text
    wrong = await browser.submit(effect, "Cancel bookings: 1", word="yes")
    assert (wrong.status, "Type cancel to confirm." in wrong.text) == (422, True)
    assert await statuses(ada) == ["confirmed", "confirmed"]
    under_way = await browser.submit(wrong, "Cancel bookings: 1", word="cancel")
    assert "0 of 1 done." in under_way.text
    await api.container.run_bulk_action()(BulkRunId(UUID(under_way.path.rpartition("/")[2])))
    assert "1 is done" in (await browser.open(under_way.path)).text
    assert sorted(await statuses(ada)) == ["cancelled", "confirmed"]
    listed = await browser.open("/admin/runs")
    assert under_way.path in listed.links()


async def test_all_that_match_are_proposed_though_the_page_shows_fewer(browser: FormBrowser, otto: Person) -> None:
    for number in range(53):
        await create_event(otto, name=f"Night {number}", city="Rome" if number else "Bonn")
    page = await browser.open("/admin/events?city=rome")
    assert "All 52 that match" in page.text
    effect = await browser.submit(page, "Close…", scope="all")
    assert "52 events will take no more bookings." in effect.text
    lost = await browser.open(f"{effect.path}?outcome=pending&cursor=gone")
    assert (lost.status, str(lost.address.relative())) == (200, effect.path)


async def test_exceptions_are_shown_before_and_nothing_to_do_is_no_action(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, status="closed")
    effect = await browser.submit(await browser.open("/admin/events"), "Close…", ids=[event["id"]])
    assert "It is closed. Only open events can be closed." in effect.text
    assert not effect.document.select("main form")
    for unknown in ("nonsense", "019a0000-0000-7000-8000-000000000000"):
        refused = await browser.submit(await browser.open("/admin/events"), "Close…", ids=[unknown])
        assert (refused.status, "Nothing is selected" in refused.text) == (422, True)


async def test_an_unknown_action_is_not_found_and_other_sites_can_propose_nothing(browser: FormBrowser) -> None:
    for path in ("/admin/users/actions/delete", "/admin/runs/019a0000-0000-7000-8000-000000000000"):
        assert (await browser.post(path, {}, {"Sec-Fetch-Site": "same-origin"})).status in (403, 404)
    foreign = await browser.post("/admin/users/actions/deactivate-users", {}, {"Sec-Fetch-Site": "cross-site"})
    assert foreign.status == 403
