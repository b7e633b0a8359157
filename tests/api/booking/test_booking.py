"""Booking over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from core.shared.access import Role
from tests.support.api_client import UNKNOWN_ID, Api, Person, assert_refused, book, create_event


async def test_places_are_booked_read_listed_and_cancelled(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    ada = await api.sign_in()
    answer = await book(ada, event["id"], quantity=3)
    booking = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/bookings/{booking['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    assert (booking["event_id"], booking["quantity"], booking["status"]) == (event["id"], 3, "confirmed")
    assert (booking["amount"], booking["currency"], booking["seats"]) == ("0.00", "EUR", [])
    assert (booking["waitlist_position"], booking["expires_at"], len(booking["tickets"])) == (None, None, 3)
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
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    ada = await api.sign_in()
    first = await book(ada, event["id"], quantity=2)
    again = await book(ada, event["id"], '"k"', quantity=2)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert await again.json() == await first.json()
    await assert_refused(await book(ada, event["id"], quantity=3), 422, "idempotency-key-reused")
    assert (await book(await api.sign_in("bob"), event["id"], quantity=2)).status == 201


async def test_a_valid_idempotency_key_is_required(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    ada = await api.sign_in()
    path = f"/api/events/{event['id']}/book"
    await assert_refused(await ada.post(path, {"quantity": 1}), 400, "idempotency-key-missing")
    answer = await ada.post(path, {"quantity": 1}, Idempotency_Key="x" * 256)
    assert (await answer.json())["errors"].keys() == {"Idempotency-Key"}
    assert (await ada.post(path, {"quantity": 1}, Idempotency_Key="x" * 255)).status == 201


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        *(({"quantity": quantity}, "quantity") for quantity in (0, -1, 11, 1.5, "2", None, True, [1])),
        ({}, "quantity"),
        ({"quantity": 1, "seat_ids": ["A-1"]}, "quantity"),
        ({"seat_ids": []}, "seat_ids"),
        ({"seat_ids": ["A-1"] * 11}, "seat_ids"),
        ({"seat_ids": ["A-1", "a-1"]}, "seat_ids"),
        ({"seat_ids": "A-1"}, "seat_ids"),
        ({"seat_ids": [1]}, "seat_ids"),
        ({"quantity": 1, "waitlist": "yes"}, "waitlist"),
        ({"quantity": 1, "waitlist": 1}, "waitlist"),
        ({"quantity": 1, "color": "red"}, "color"),
        ({"quantity": 1, "payment_token": ""}, "payment_token"),
    ],
)
async def test_invalid_values_are_reported_by_field(api: Api, asked: dict[str, Any], field: str) -> None:
    event = await create_event(await api.sign_in_organizer())
    ada = await api.sign_in()
    answer = await ada.post(f"/api/events/{event['id']}/book", asked, Idempotency_Key="k")
    assert answer.status == 422
    assert [name.split(".")[0] for name in (await answer.json())["errors"]] == [field]


async def test_every_refusal_has_its_code(api: Api) -> None:
    organizer, ada = await api.sign_in_organizer(), await api.sign_in()

    async def try_at(*, waitlist: bool = False, **fields: Any) -> Any:
        return await book(ada, (await create_event(organizer, **fields))["id"], quantity=2, waitlist=waitlist)

    await assert_refused(await book(ada, UNKNOWN_ID), 404, "event-not-found")
    await assert_refused(await try_at(status="inactive"), 404, "event-not-found")
    await assert_refused(await try_at(status="closed"), 409, "event-not-open")
    await assert_refused(await try_at(capacity=1), 422, "exceeds-capacity")
    full = await create_event(organizer, capacity=3)
    await book(ada, full["id"], quantity=2)
    problem = await assert_refused(await book(ada, full["id"], "other", quantity=2, waitlist=False), 409, "sold-out")
    assert problem["available"] == 1
    problem = await assert_refused(await book(ada, full["id"], "seats", seat_ids=["Q-9"]), 422, "unknown-seat")
    assert problem["seats"] == ["Q-9"]
    hall = await create_seat_map(organizer, ada)
    problem = await assert_refused(await book(ada, hall["id"], "s", seat_ids=["A-1", "A-2"]), 409, "seat-unavailable")
    assert problem["seats"] == ["A-1"]
    early = await create_event(organizer, registration_deadline="2026-11-20T13:00:00Z")
    api.clock.move(timedelta(hours=1))
    await assert_refused(await book(await api.sign_in("eve"), early["id"]), 409, "registration-closed")
    api.clock.move(timedelta(days=30))
    await assert_refused(await book(await api.sign_in("zoe"), early["id"]), 409, "event-started")
    assert (await book(api.anonymous, full["id"])).status == 401


async def create_seat_map(organizer: Person, by: Person) -> dict[str, Any]:
    """Create an event with a seat map, of which `by` has booked seat A-1."""
    event = await create_event(organizer, capacity=20)
    assert (await book(by, event["id"], seat_ids=["a-1"])).status == 201
    return event


async def test_a_full_event_has_a_waitlist_with_positions(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=2)
    ada, bob, eve = await api.sign_in(), await api.sign_in("bob"), await api.sign_in("eve")
    held = await (await book(ada, event["id"], quantity=2)).json()
    answer = await book(bob, event["id"], quantity=2)
    waiting = await answer.json()
    assert (answer.status, waiting["status"], waiting["waitlist_position"]) == (202, "waitlisted", 1)
    assert (await (await book(eve, event["id"])).json())["waitlist_position"] == 2
    assert (await (await api.anonymous.get(f"/api/events/{event['id']}")).json())["waitlist_count"] == 2
    replay = await book(bob, event["id"], quantity=2)
    assert (replay.status, replay.headers["Idempotency-Replayed"]) == (202, "true")
    await ada.delete(f"/api/bookings/{held['id']}")
    now = await (await bob.get(f"/api/bookings/{waiting['id']}")).json()
    assert (now["status"], now["waitlist_position"], len(now["tickets"])) == ("confirmed", None, 2)
    later = await book(bob, event["id"], quantity=2)
    assert (later.status, (await later.json())["status"]) == (202, "confirmed")


async def test_a_priced_event_is_paid_declined_or_left_open(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=9, price="12.50", currency="CHF")
    ada = await api.sign_in()
    held = await (await book(ada, event["id"], quantity=2)).json()
    assert (held["status"], held["amount"], held["currency"], held["tickets"]) == ("pending", "25.00", "CHF", [])
    assert held["expires_at"] == "2026-11-20T12:10:00Z"
    path = f"/api/bookings/{held['id']}/pay"
    stranger = await api.sign_in("bob")
    await assert_refused(await stranger.post(path, {"payment_token": "tok_approve"}), 404, "booking-not-found")
    paid = await ada.post(path, {"payment_token": "tok_approve"})
    assert (paid.status, (await paid.json())["status"]) == (200, "confirmed")
    await assert_refused(await ada.post(path, {"payment_token": "tok_approve"}), 409, "not-payable")
    at_once = await book(ada, event["id"], "at-once", quantity=1, payment_token="tok_approve")
    assert (at_once.status, (await at_once.json())["status"]) == (201, "confirmed")
    declined = await book(ada, event["id"], "declined", quantity=1, payment_token="tok_insufficient")
    await assert_refused(declined, 402, "payment-declined")
    silent = await book(ada, event["id"], "silent", quantity=1, payment_token="tok_timeout")
    await assert_refused(silent, 502, "payment-unavailable")
    mine = await (await ada.get("/api/me/bookings")).json()
    assert [item["status"] for item in mine["items"]] == ["pending", "failed", "confirmed", "confirmed"]


async def test_a_booking_is_a_calendar_entry_that_later_versions_update(api: Api) -> None:
    organizer, ada, bob = await api.sign_in_organizer(), await api.sign_in(), await api.sign_in("bob")
    event = await create_event(organizer, capacity=2, price="5.00", timezone="Europe/Oslo")
    booking = await (await book(ada, event["id"])).json()
    path = f"/api/bookings/{booking['id']}/calendar.ics"

    async def read_entry() -> tuple[str, Any]:
        answer = await ada.get(path)
        assert (answer.status, answer.content_type) == (200, "text/calendar")
        calendar = Calendar.from_ical(await answer.read())
        [found] = calendar.walk("VEVENT")
        return str(calendar["METHOD"]), found

    method, held = await read_entry()
    assert (method, held["STATUS"], held["SUMMARY"]) == ("PUBLISH", "TENTATIVE", "Open stage")
    starts = datetime.fromisoformat(event["start_time"]).astimezone(ZoneInfo("Europe/Oslo"))
    assert held.start.isoformat() == starts.isoformat()
    await ada.post(f"/api/bookings/{booking['id']}/pay", {"payment_token": "tok_approve"})
    method, paid = await read_entry()
    assert (method, paid["STATUS"], paid["UID"]) == ("PUBLISH", "CONFIRMED", held["UID"])
    await ada.delete(f"/api/bookings/{booking['id']}")
    method, ended = await read_entry()
    assert (method, ended["STATUS"], ended["UID"]) == ("PUBLISH", "CANCELLED", held["UID"])
    await assert_refused(await bob.get(path), 404, "booking-not-found")


async def test_a_ticket_is_bought_shown_as_a_qr_code_and_used_once(api: Api) -> None:
    organizer, ada, bob = await api.sign_in_organizer(), await api.sign_in(), await api.sign_in("bob")
    event = await create_event(organizer, capacity=1, price="5.00")
    path = f"/api/tickets/purchase/{event['id']}"
    await assert_refused(await ada.post(path, {"payment_token": "tok_decline"}), 402, "payment-declined")
    answer = await ada.post(path)
    ticket = await answer.json()
    assert answer.status == 201
    assert (ticket["status"], ticket["seat"], ticket["event"]["name"]) == ("valid", None, "Open stage")
    await assert_refused(await ada.post(path, {}), 409, "already-purchased")
    await assert_refused(await bob.post(path, {}), 409, "sold-out")
    assert (await (await ada.get("/api/tickets/my-tickets")).json())["items"] == [ticket]
    assert await (await ada.get(f"/api/tickets/{ticket['id']}")).json() == ticket
    picture = await ada.get(f"/api/tickets/{ticket['id']}/qr.svg")
    assert picture.content_type == "image/svg+xml"
    assert "<svg" in await picture.text()
    for stranger in (bob, organizer):
        await assert_refused(await stranger.get(f"/api/tickets/{ticket['id']}"), 404, "ticket-not-found")
        await assert_refused(await stranger.get(f"/api/tickets/{ticket['id']}/qr.svg"), 404, "ticket-not-found")
    door = f"/api/events/{event['id']}/check-in"
    assert (await bob.post(door, {"code": ticket["code"]})).status == 403
    used = await organizer.post(door, {"code": ticket["code"]})
    assert (await used.json())["status"] == "used"
    again = await assert_refused(await organizer.post(door, {"code": ticket["code"]}), 409, "already-checked-in")
    assert again["checked_in_at"] == "2026-11-20T12:00:00Z"
    await assert_refused(await organizer.post(door, {"code": "nonsense"}), 404, "ticket-not-found")
    undone = await organizer.request("DELETE", door, json={"code": f"{ticket['code']}\r\n"})
    assert ((await undone.json())["status"], (await undone.json())["holder"]) == ("valid", {"name": "ada"})
    assert (await organizer.post(door, {"code": f"\t{ticket['code']}\x00"})).status == 200


async def test_a_seat_map_is_replaced_and_removed_while_nobody_has_a_seat(api: Api) -> None:
    organizer, other, ada = await api.sign_in_organizer(), await api.sign_in_organizer("olga"), await api.sign_in()
    event = await create_event(organizer, capacity=80)
    seat_map = f"/api/admin/events/{event['id']}/seats"
    mismatch = await organizer.post(f"{seat_map}/generate", {"rows": 8, "per_row": 12})
    assert (mismatch.status, list((await mismatch.json())["errors"])) == (422, ["rows"])
    for size in ({"rows": 8, "per_row": 10}, {"rows": 8, "per_row": 12, "capacity": 96}):
        assert (await organizer.post(f"{seat_map}/generate", size)).status == 201
    shown = await (await api.anonymous.get(f"/api/events/{event['id']}")).json()
    assert shown["capacity"] == 96
    assert (await other.delete(seat_map)).status == 403
    assert (await organizer.delete(seat_map)).status == 204
    seats = await (await api.anonymous.get(f"/api/events/{event['id']}/seats")).json()
    assert seats["items"] == []
    await book(ada, event["id"], seat_ids=["A-1"])
    await assert_refused(await organizer.delete(seat_map), 409, "seats-taken")


async def test_a_held_booking_can_not_be_paid_after_the_start(api: Api) -> None:
    organizer, ada = await api.sign_in_organizer(), await api.sign_in()
    start = "2026-11-20T12:01:00Z"
    event = await create_event(organizer, price="5.00", start_time=start, registration_deadline=start)
    held = await (await book(ada, event["id"], quantity=1)).json()
    assert held["expires_at"] == start
    api.clock.move(timedelta(minutes=1))
    answer = await ada.post(f"/api/bookings/{held['id']}/pay", {"payment_token": "tok_approve"})
    await assert_refused(answer, 409, "event-started")


async def test_a_seat_map_is_created_shown_and_booked(api: Api) -> None:
    organizer, other, ada = await api.sign_in_organizer(), await api.sign_in_organizer("olga"), await api.sign_in()
    event = await create_event(organizer, capacity=12)
    path = f"/api/admin/events/{event['id']}/seats/generate"
    assert (await other.post(path, {})).status == 403
    answer = await organizer.post(path, {"per_row": 5})
    assert (answer.status, await answer.json()) == (201, {"created": 12, "capacity": 12})
    booking = await (await book(ada, event["id"], seat_ids=["C1", " c\u201102 "])).json()
    await assert_refused(await organizer.post(path, {}), 409, "seats-taken")
    assert booking["seats"] == ["C-1", "C-2"]
    assert [ticket["seat"] for ticket in booking["tickets"]] == ["C-1", "C-2"]
    seats = await (await api.anonymous.get(f"/api/events/{event['id']}/seats")).json()
    assert (seats["event_id"], seats["total"], seats["available"]) == (event["id"], 12, 10)
    c1 = seats["items"][10]
    assert (c1["label"], c1["row_label"], c1["col_number"], c1["status"]) == ("C-1", "C", 1, "reserved")
    await assert_refused(
        await organizer.patch(f"/api/events/{event['id']}", {"capacity": 11}), 409, "capacity-below-booked"
    )
    hidden = await create_event(organizer, status="inactive")
    await assert_refused(await api.anonymous.get(f"/api/events/{hidden['id']}/seats"), 404, "event-not-found")


async def test_a_visitor_registers_without_an_account(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, capacity=1)
    path = f"/api/events/{event['id']}/register"
    answer = await api.anonymous.post(path, {"full_name": "Vera V.", "email": "Vera@Example.com"})
    body = await answer.json()
    assert (answer.status, body["registration"]["status"], body["registration"]["user_id"]) == (201, "confirmed", None)
    await assert_refused(
        await api.anonymous.post(path, {"full_name": "V.", "email": "vera@example.com"}), 409, "already-registered"
    )
    waits = await api.anonymous.post(path, {"full_name": "W.", "email": "w@example.com"})
    assert (waits.status, (await waits.json())["registration"]["waitlist_position"]) == (202, 1)
    wrong = await api.anonymous.post(path, {"full_name": " ", "email": "nobody"})
    assert (wrong.status, set((await wrong.json())["errors"])) == (422, {"full_name", "email"})
    for fields, status, code in (
        ({"status": "closed"}, 409, "event-not-open"),
        ({"price": "1.00"}, 402, "payment-required"),
    ):
        event = await create_event(organizer, **fields)
        answer = await api.anonymous.post(f"/api/events/{event['id']}/register", {"full_name": "V", "email": "v@e.org"})
        await assert_refused(answer, status, code)


async def test_an_event_is_deactivated_cancelled_and_deleted_by_its_owner(api: Api) -> None:
    organizer, other, ada = await api.sign_in_organizer(), await api.sign_in_organizer("olga"), await api.sign_in()
    event = await create_event(organizer, capacity=3)
    booking = await (await book(ada, event["id"])).json()
    for call in (
        other.post(f"/api/admin/events/{event['id']}/deactivate"),
        other.post(f"/api/events/{event['id']}/cancel"),
        other.delete(f"/api/events/{event['id']}"),
    ):
        assert (await call).status == 403
    await assert_refused(await organizer.delete(f"/api/events/{event['id']}"), 409, "event-has-bookings")
    hidden = await organizer.post(f"/api/admin/events/{event['id']}/deactivate")
    assert (hidden.status, (await hidden.json())["status"]) == (200, "inactive")
    assert (await api.anonymous.get(f"/api/events/{event['id']}")).status == 404
    assert (await (await ada.get(f"/api/bookings/{booking['id']}")).json())["status"] == "confirmed"
    for _ in range(2):
        cancelled = await organizer.post(f"/api/events/{event['id']}/cancel", {"reason": "Storm."})
        assert (cancelled.status, (await cancelled.json())["status"]) == (202, "cancelled")
    assert (await (await ada.get(f"/api/bookings/{booking['id']}")).json())["status"] == "cancelled"
    unbooked = await create_event(organizer)
    assert (await organizer.delete(f"/api/admin/events/{unbooked['id']}")).status == 204
    await assert_refused(await organizer.delete(f"/api/events/{unbooked['id']}"), 404, "event-not-found")


async def test_the_capacity_never_falls_below_the_booked_places(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, capacity=5)
    await book(await api.sign_in(), event["id"], quantity=3)
    problem = await assert_refused(
        await organizer.patch(f"/api/events/{event['id']}", {"capacity": 2}), 409, "capacity-below-booked"
    )
    assert problem["booked_count"] == 3


async def test_only_admins_find_bookings_of_other_users(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    ada, bob, admin = await api.sign_in(), await api.sign_in("bob"), await api.sign_in("root", Role.ADMIN)
    path = (await book(ada, event["id"])).headers["Location"]
    await assert_refused(await bob.get(path), 404, "booking-not-found")
    await assert_refused(await bob.delete(path), 404, "booking-not-found")
    assert (await admin.get(path)).status == 200
    assert (await admin.delete(path)).status == 200
    assert (await (await bob.get("/api/me/bookings")).json())["total"] == 0


async def test_a_booking_can_not_be_cancelled_after_the_start(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), start_time="2026-11-20T12:10:00Z")
    ada = await api.sign_in()
    path = (await book(ada, event["id"])).headers["Location"]
    api.clock.move(timedelta(minutes=10))
    await assert_refused(await ada.delete(path), 409, "event-started")
    assert (await (await ada.get(path)).json())["status"] == "confirmed"


async def test_my_bookings_can_be_filtered(api: Api) -> None:
    organizer, ada = await api.sign_in_organizer(), await api.sign_in()
    soon = await create_event(organizer, start_time="2026-11-20T12:05:00Z", end_time="2026-11-20T12:10:00Z")
    late = await create_event(organizer, start_time="2027-12-01T20:00:00Z")
    for event in (soon, late):
        await book(ada, event["id"])
    await ada.delete((await book(ada, late["id"], "other")).headers["Location"])

    async def count_found(**query: str) -> int:
        total: int = (await (await ada.get("/api/me/bookings", **query)).json())["total"]
        return total

    assert await count_found() == 3
    assert await count_found(status="cancelled") == 1
    assert await count_found(event_id=soon["id"]) == 1
    assert await count_found(upcoming="true") == 3
    api.clock.move(timedelta(minutes=10))
    assert await count_found(upcoming="true") == 2
    assert await count_found() == 3
    assert (await ada.get("/api/me/bookings", status="lost")).status == 422
