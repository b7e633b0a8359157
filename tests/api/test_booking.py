"""Booking over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.shared.access import Role
from tests.api.conftest import Api, Person
from tests.api.test_catalog import made


async def booked(person: Person, event_id: str, key: str = "k", quantity: int = 1) -> Any:
    return await person.post(f"/api/events/{event_id}/book", {"quantity": quantity}, Idempotency_Key=key)


async def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = await answer.json()
    assert (answer.status, problem["code"]) == (status, code)
    return problem


async def test_places_are_booked_read_listed_and_given_back(api: Api) -> None:
    event = await made(await api.organizer(), capacity=5)
    ada = await api.person()
    answer = await booked(ada, event["id"], quantity=3)
    booking = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/bookings/{booking['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    assert (booking["event_id"], booking["quantity"], booking["status"]) == (event["id"], 3, "confirmed")
    assert (booking["amount"], booking["currency"]) == ("0.00", "EUR")
    assert await (await ada.get(answer.headers["Location"])).json() == booking
    assert (await (await ada.get("/api/me/bookings")).json())["items"] == [booking]
    shown = await (await ada.get(f"/api/events/{event['id']}")).json()
    assert (shown["booked_count"], shown["available"], shown["utilization"]) == (3, 2, 0.6)
    for _ in range(2):
        cancelled = await ada.delete(f"/api/bookings/{booking['id']}")
        assert cancelled.status == 200
        assert (await cancelled.json())["status"] == "cancelled"
    assert (await (await ada.get(f"/api/events/{event['id']}")).json())["available"] == 5


async def test_the_same_key_replays_and_another_request_under_it_is_refused(api: Api) -> None:
    event = await made(await api.organizer(), capacity=5)
    ada = await api.person()
    first = await booked(ada, event["id"], quantity=2)
    again = await booked(ada, event["id"], '"k"', quantity=2)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert await again.json() == await first.json()
    await refused(await booked(ada, event["id"], quantity=3), 422, "idempotency-key-reused")
    assert (await booked(await api.person("bob"), event["id"], quantity=2)).status == 201


async def test_a_key_is_needed_and_must_be_one(api: Api) -> None:
    event = await made(await api.organizer())
    ada = await api.person()
    path = f"/api/events/{event['id']}/book"
    await refused(await ada.post(path, {"quantity": 1}), 400, "idempotency-key-missing")
    answer = await ada.post(path, {"quantity": 1}, Idempotency_Key="x" * 256)
    assert (await answer.json())["errors"].keys() == {"Idempotency-Key"}
    assert (await ada.post(path, {"quantity": 1}, Idempotency_Key="x" * 255)).status == 201


@pytest.mark.parametrize("quantity", [0, -1, 11, 1.5, "2", None, True, [1]])
async def test_a_party_is_one_to_ten(api: Api, quantity: object) -> None:
    event = await made(await api.organizer())
    ada = await api.person()
    answer = await ada.post(f"/api/events/{event['id']}/book", {"quantity": quantity}, Idempotency_Key="k")
    assert answer.status == 422
    assert list((await answer.json())["errors"]) == ["quantity"]


async def test_every_refusal_has_its_code(api: Api) -> None:
    organizer, ada = await api.organizer(), await api.person()

    async def try_at(**fields: Any) -> Any:
        return await booked(ada, (await made(organizer, **fields))["id"], quantity=2)

    await refused(await booked(ada, str(uuid4())), 404, "event-not-found")
    await refused(await try_at(status="inactive"), 404, "event-not-found")
    await refused(await try_at(status="closed"), 409, "event-not-open")
    await refused(await try_at(price="5.00"), 409, "not-bookable")
    await refused(await try_at(capacity=1), 422, "exceeds-capacity")
    full = await made(organizer, capacity=3)
    await booked(ada, full["id"], quantity=2)
    problem = await refused(await booked(ada, full["id"], "other", quantity=2), 409, "sold-out")
    assert problem["available"] == 1
    early = await made(organizer, registration_deadline="2026-11-20T13:00:00Z")
    api.clock.move(timedelta(hours=1))
    await refused(await booked(await api.person("eve"), early["id"]), 409, "registration-closed")
    api.clock.move(timedelta(days=30))
    await refused(await booked(await api.person("zoe"), early["id"]), 409, "event-started")
    assert (await booked(api.nobody, full["id"])).status == 401


async def test_the_capacity_never_falls_below_what_is_booked(api: Api) -> None:
    organizer = await api.organizer()
    event = await made(organizer, capacity=5)
    await booked(await api.person(), event["id"], quantity=3)
    problem = await refused(
        await organizer.patch(f"/api/events/{event['id']}", {"capacity": 2}), 409, "capacity-below-booked"
    )
    assert problem["booked_count"] == 3


async def test_somebody_elses_booking_is_not_found_but_by_admins(api: Api) -> None:
    event = await made(await api.organizer())
    ada, bob, admin = await api.person(), await api.person("bob"), await api.person("root", Role.ADMIN)
    path = (await booked(ada, event["id"])).headers["Location"]
    await refused(await bob.get(path), 404, "booking-not-found")
    await refused(await bob.delete(path), 404, "booking-not-found")
    assert (await admin.get(path)).status == 200
    assert (await admin.delete(path)).status == 200
    assert (await (await bob.get("/api/me/bookings")).json())["total"] == 0


async def test_after_the_start_a_booking_stays(api: Api) -> None:
    event = await made(await api.organizer(), start_time="2026-11-20T12:10:00Z")
    ada = await api.person()
    path = (await booked(ada, event["id"])).headers["Location"]
    api.clock.move(timedelta(minutes=10))
    await refused(await ada.delete(path), 409, "event-started")


async def test_my_bookings_can_be_narrowed(api: Api) -> None:
    organizer, ada = await api.organizer(), await api.person()
    soon, late = await made(organizer), await made(organizer, start_time="2027-12-01T20:00:00Z")
    for event in (soon, late):
        await booked(ada, event["id"])
    await ada.delete((await booked(ada, late["id"], "other")).headers["Location"])

    async def found(**query: str) -> int:
        total: int = (await (await ada.get("/api/me/bookings", **query)).json())["total"]
        return total

    assert await found() == 3
    assert await found(status="cancelled") == 1
    assert await found(event_id=soon["id"]) == 1
    assert await found(upcoming="true") == 3
    assert (await ada.get("/api/me/bookings", status="lost")).status == 422
