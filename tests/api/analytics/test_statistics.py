"""Statistics over HTTP (H1): their fields, for whom, and what the kept ones say about their age."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from core.shared.access import Role
from core.shared.lifecycle import lifespan
from tests.support.api_client import PASSWORD, Api, Person, assert_refused, book, create_event


async def read(person: Person, path: str, **query: str) -> Any:
    answer = await person.get(path, **query)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.fixture
async def bea(api: Api) -> Person:
    return await api.sign_in("bea")


@pytest.fixture
async def otto(api: Api) -> Person:
    return await api.sign_in_organizer()


@pytest.fixture
async def sold(otto: Person, bea: Person) -> dict[str, Any]:
    """A concert of eight places in Berlin: five are paid, and two more were cancelled."""
    event = await create_event(otto, capacity=8, price="12.50", category="Music", city="Berlin", timezone="Asia/Tokyo")
    for key, quantity in (("a", 5), ("b", 2)):
        booking = await (await book(bea, event["id"], key=key, quantity=quantity)).json()
        await bea.post(f"/api/bookings/{booking['id']}/pay", {"payment_token": "tok_approve"})
    await bea.delete(f"/api/bookings/{booking['id']}")
    return event


async def test_the_homepage_has_figures_for_everybody(api: Api, sold: dict[str, Any]) -> None:
    assert await read(api.anonymous, "/api/stats/homepage") == {
        "total_events": 1,
        "upcoming_events": 1,
        "total_tickets_sold": 5,
        "total_customers": 1,
        "cities_covered": 1,
    }


async def test_organizers_see_their_own_events_by_category_and_currency(
    api: Api, otto: Person, sold: dict[str, Any]
) -> None:
    await create_event(otto, capacity=None, price="1000", currency="JPY")
    await create_event(await api.sign_in_organizer("olga"), capacity=100, category="Film")
    assert await read(otto, "/api/analytics/statistics") == {
        "events": 2,
        "tickets_sold": 5,
        "revenue": [{"currency": "EUR", "amount": "62.50"}],
        "waitlisted": 0,
        "utilization_pct": 62.5,
        "by_category": [
            {"category": "Music", "events": 1, "tickets_sold": 5, "utilization_pct": 62.5},
            {"category": None, "events": 1, "tickets_sold": 0, "utilization_pct": 0.0},
        ],
    }
    assert (await read(await api.sign_in("root", Role.ADMIN), "/api/analytics/statistics"))["events"] == 3


async def test_an_event_has_figures_for_its_organizer(otto: Person, sold: dict[str, Any]) -> None:
    figures = await read(otto, f"/api/analytics/events/{sold['id']}/statistics")
    [day] = figures.pop("bookings_by_day")
    assert day["count"] == 2
    assert figures == {
        "event_id": sold["id"],
        "capacity": 8,
        "booked": 5,
        "available": 3,
        "waitlisted": 0,
        "cancelled": 1,
        "checked_in": 0,
        "revenue": [{"currency": "EUR", "amount": "62.50"}],
        "utilization_pct": 62.5,
    }


async def test_a_hidden_event_has_no_figures_for_others(api: Api, otto: Person, sold: dict[str, Any]) -> None:
    await otto.patch(f"/api/events/{sold['id']}", {"status": "inactive"})
    olga = await api.sign_in_organizer("olga")
    await assert_refused(await olga.get(f"/api/analytics/events/{sold['id']}/statistics"), 404, "event-not-found")


async def test_admins_get_a_summary_of_the_platform(api: Api, sold: dict[str, Any]) -> None:
    summary = await read(await api.sign_in("root", Role.ADMIN), "/api/admin/analytics/summary")
    assert list(summary) == ["generated_at", "cached", "totals", "top_events", "events_by_origin", "timeseries_7d"]
    assert summary["totals"] == {
        "events": 1,
        "active_events": 1,
        "users": 3,
        "capacity": 8,
        "booked": 5,
        "waitlisted": 0,
        "cancelled": 1,
        "utilization_pct": 62.5,
        "revenue": [{"currency": "EUR", "amount": "62.50"}],
    }
    [top] = summary["top_events"]
    assert top == {"id": sold["id"], "name": sold["name"], "booked": 5, "capacity": 8, "utilization_pct": 62.5}
    assert summary["events_by_origin"] == {"local": 1}
    bookings, cancellations = summary["timeseries_7d"]["bookings"], summary["timeseries_7d"]["cancellations"]
    assert [each["date"] for each in bookings] == [each["date"] for each in cancellations]
    assert [each["count"] for each in bookings] == [0, 0, 0, 0, 0, 0, 2]
    assert [each["count"] for each in cancellations] == [0, 0, 0, 0, 0, 0, 1]


async def test_a_summary_says_how_old_it_is_and_is_computed_anew_on_request(api: Api) -> None:
    admin = await api.sign_in("root", Role.ADMIN)
    first = await read(admin, "/api/admin/analytics/summary")
    second = await read(admin, "/api/admin/analytics/summary")
    api.clock.move(timedelta(seconds=1))
    third = await read(admin, "/api/admin/analytics/summary", refresh="1")
    assert (first["cached"], second["cached"], third["cached"]) == (False, True, False)
    assert first["generated_at"] == second["generated_at"] < third["generated_at"]


async def test_a_summary_is_forgotten_when_what_it_counts_changes(
    api: Api, otto: Person, bea: Person, sold: dict[str, Any]
) -> None:
    admin = await api.sign_in("root", Role.ADMIN)
    changes: list[Callable[[], Awaitable[object]]] = [
        lambda: book(bea, sold["id"], key="c", quantity=1),
        lambda: otto.patch(f"/api/events/{sold['id']}", {"capacity": 9}),
        lambda: api.anonymous.post(
            "/api/auth/signup", {"name": "Nils", "email": "nils@example.com", "password": PASSWORD}
        ),
        lambda: otto.post(f"/api/events/{sold['id']}/cancel", {}),
    ]
    async with lifespan([api.container.figures_invalidation()]):
        for change in changes:
            await read(admin, "/api/admin/analytics/summary")
            assert (await read(admin, "/api/admin/analytics/summary"))["cached"]
            await change()
            assert not (await read(admin, "/api/admin/analytics/summary"))["cached"]
