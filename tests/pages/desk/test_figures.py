"""The figures of an organizer's events (H1)."""

from __future__ import annotations

from datetime import timedelta

from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def test_the_figures_of_an_event_show_its_bookings_by_day_and_its_revenue(
    browser: FormBrowser, api: Api, ada: Person, otto: Person
) -> None:
    event = await create_event(otto, price="12.50", capacity=8, timezone="Europe/Berlin")
    path = f"/desk/events/{event['id']}/figures"
    quiet = await browser.open(path)
    assert "No bookings." in quiet.text
    assert "Nothing was paid yet." in quiet.text
    await book(ada, event["id"], key="a", quantity=2, payment_token="tok_approve")
    api.clock.move(timedelta(days=2))
    bob = await api.sign_in("bob")
    cancelled = await (await book(bob, event["id"], key="b")).json()
    await bob.delete(f"/api/bookings/{cancelled['id']}")
    page = await browser.open(path)
    assert path in (await browser.open(f"/desk/events/{event['id']}")).links()
    assert "Cancelled 1 booking" in page.text
    assert "25% of the places are sold or held, 6 places left." in page.text
    assert "€25.00 EUR Payments less refunds." in page.text
    assert "Currencies" not in page.text
    assert "Berlin time" in page.text
    cells = [row.get_text(" ", strip=True) for row in page.document.select(".chart tbody tr")]
    assert cells == ["Fri 20 Nov 1", "Sat 21 Nov 0", "Sun 22 Nov 1"]


async def test_the_figures_of_all_events_are_by_category_and_never_add_currencies(
    browser: FormBrowser, api: Api, ada: Person, otto: Person
) -> None:
    assert "Nothing to count yet" in (await browser.open("/desk/figures")).text
    for number, (category, price, currency) in enumerate([("Music", "12.50", "EUR"), ("Film", "9.00", "GBP")]):
        event = await create_event(otto, category=category, price=price, currency=currency, capacity=4)
        await book(ada, event["id"], key=str(number), quantity=2 - number, payment_token="tok_approve")
    await create_event(await api.sign_in_organizer("olga"), category="Games")
    overview = await browser.open("/desk")
    assert "3 places sold at 2 events, 37.5% full. Revenue €25.00, £9.00." in overview.text
    assert "/desk/figures" in overview.links()
    page = await browser.open("/desk/figures")
    rows = [row.get_text(" ", strip=True) for row in page.document.select("table.bars tbody tr")]
    assert rows == ["Music 2 sold, 50% full", "Film 1 sold, 25% full"]
    amounts = [each.get_text(" ", strip=True) for each in page.document.select(".amounts li")]
    assert amounts == ["€25.00 EUR", "£9.00 GBP"]
    assert "Payments less refunds. Currencies are not added together." in page.text


async def test_the_first_page_says_how_much_there_is(browser: FormBrowser, ada: Person, otto: Person) -> None:
    event = await create_event(otto, city="Berlin")
    await create_event(otto, city="Oslo")
    await book(ada, event["id"], quantity=3)
    page = await browser.open("/")
    [line] = page.document.select(".place-figures")
    assert line.get_text() == "2 events to come in 2 cities, 3 places booked so far."
    assert (await browser.open("/?city=Oslo")).document.select(".place-figures") == []
