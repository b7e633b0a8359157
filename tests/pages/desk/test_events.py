"""An organizer's events on the desk: the list, the overview, and opening, closing and hiding one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def test_the_list_has_the_own_events_with_counts_and_what_to_do_next(
    browser: FormBrowser, api: Api, ada: Person, otto: Person
) -> None:
    event = await create_event(otto, name="Jazz & <b>more</b>", capacity=3, price="14.50")
    await create_event(await api.sign_in_organizer("olga"), name="Somebody else's")
    await book(ada, event["id"], quantity=2, payment_token="tok_approve")
    await book(await api.sign_in("bob"), event["id"])
    await book(await api.sign_in("eve"), event["id"], quantity=2)
    page = await browser.open("/desk")
    assert "Jazz & <b>more</b>" in page.text
    assert "2 of 3 sold 1 held 1 in line" in page.text
    assert "Full See the line" in page.text
    assert "Somebody else" not in page.text
    assert f"/desk/events/{event['id']}/line" in page.links()
    api.clock.move(timedelta(days=30))
    await browser.sign_in(otto.email)
    assert "Nothing is planned" in (await browser.open("/desk")).text
    assert "Jazz" in (await browser.open("/desk?when=past")).text


async def test_the_list_is_searched_and_read_page_by_page(browser: FormBrowser, otto: Person) -> None:
    for number in range(21):
        await create_event(otto, name=f"Night {number:02}")
    page = await browser.open("/desk")
    names = [link.get_text() for link in page.document.select("main h2 a")]
    [following] = page.document.select("main a[rel=next]")
    rest = await browser.open(str(following["href"]))
    names += [link.get_text() for link in rest.document.select("main h2 a")]
    assert sorted(names) == [f"Night {number:02}" for number in range(21)]
    assert len((await browser.submit(page, "Find", q="night 07")).document.select("main h2 a")) == 1
    assert "No event of yours is called that" in (await browser.open("/desk?q=opera")).text
    assert (await browser.open("/desk?cursor=nonsense")).status == 422


@pytest.mark.parametrize(
    ("button", "status", "says"),
    [("Close booking", "closed", "Booking closed"), ("Hide it", "inactive", "Hidden")],
)
async def test_an_event_is_closed_or_hidden_and_opened_again(
    browser: FormBrowser, otto: Person, button: str, status: str, says: str
) -> None:
    event = await create_event(otto)
    page = await browser.submit(await browser.open(f"/desk/events/{event['id']}"), button)
    assert (page.status, says in page.heading) == (200, True)
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["status"] == status
    page = await browser.submit(page, "Open booking")
    assert "Open" in page.heading
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["status"] == "open"


async def test_a_hidden_event_that_people_have_booked_has_a_warning(
    browser: FormBrowser, ada: Person, otto: Person
) -> None:
    event = await create_event(otto)
    await book(ada, event["id"])
    page = await browser.submit(await browser.open(f"/desk/events/{event['id']}"), "Hide it")
    assert "The event is hidden, but people have booked it" in page.text


async def test_events_of_others_are_not_for_an_organizer(browser: FormBrowser, api: Api) -> None:
    event = await create_event(await api.sign_in_organizer("olga"))
    for part in ("", "/edit", "/seats", "/attendees", "/attendees.csv", "/line", "/check-in", "/cancel"):
        assert (await browser.open(f"/desk/events/{event['id']}{part}")).status == 403, part
    assert (await browser.open("/desk/events/nonsense")).status == 404
    assert (await browser.open(f"/desk/events/{'0' * 8}-0000-0000-0000-{'0' * 12}/check-in")).status == 404


async def test_the_status_of_somebody_elses_event_is_not_for_other_organizers(
    new_browser: Callable[[], FormBrowser], browser: FormBrowser, api: Api, otto: Person
) -> None:
    event = await create_event(otto)
    page = await browser.open(f"/desk/events/{event['id']}")
    other = new_browser()
    await other.sign_in((await api.sign_in_organizer("olga")).email)
    form, _ = page.form_with("Close booking")
    token = str((await other.open("/desk/webhooks")).document.select("[name=csrf_token]")[0]["value"])
    refused = await other.post(str(form["action"]), {"status": "closed", "csrf_token": token}, {})
    assert (refused.status, refused.path) == (403, str(form["action"]))
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["status"] == "open"
