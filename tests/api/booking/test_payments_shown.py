"""The payment of a booking, wherever the booking is shown."""

from __future__ import annotations

from typing import Any

from core.shared.access import Role
from tests.support.api_client import Api, Person, assert_refused, book, create_event


async def shown(person: Person, path: str) -> list[dict[str, Any] | None]:
    """Return the payments of all bookings of a list."""
    return [each["payment"] for each in (await (await person.get(path)).json())["items"]]


async def test_a_booking_shows_what_was_paid_and_refunded_in_every_list(api: Api) -> None:
    otto, ada, admin = await api.sign_in_organizer(), await api.sign_in(), await api.sign_in("root", Role.ADMIN)
    event = await create_event(otto, price="12.50", currency="CHF")
    held = await (await book(ada, event["id"], quantity=2)).json()
    assert held["payment"] is None
    path = f"/api/bookings/{held['id']}"
    paid = await (await ada.post(f"{path}/pay", {"payment_token": "tok_approve"})).json()
    payment = {"status": "captured", "amount": "25.00", "refunded": "0.00", "currency": "CHF"}
    assert paid["payment"] == payment
    cancelled = await (await ada.delete(path)).json()
    assert cancelled["payment"] == payment | {"status": "refund_due"}
    await api.container.settle_payments()()
    refunded = payment | {"status": "refunded", "refunded": "25.00"}
    assert (await (await ada.get(path)).json())["payment"] == refunded
    for person, path in (
        (ada, "/api/me/bookings"),
        (otto, f"/api/events/{event['id']}/bookings"),
        (admin, "/api/admin/bookings"),
    ):
        assert await shown(person, path) == [refunded]


async def test_a_booking_shows_a_declined_payment(api: Api) -> None:
    ada, event = await api.sign_in(), await create_event(await api.sign_in_organizer(), price="5.00")
    await assert_refused(await book(ada, event["id"], quantity=1, payment_token="tok_decline"), 402, "payment-declined")
    assert await shown(ada, "/api/me/bookings") == [
        {"status": "declined", "amount": "5.00", "refunded": "0.00", "currency": "EUR"}
    ]


async def test_an_unknown_payment_says_until_when_the_places_stay_held(api: Api) -> None:
    ada, event = await api.sign_in(), await create_event(await api.sign_in_organizer(), price="5.00")
    problem = await assert_refused(
        await book(ada, event["id"], quantity=1, payment_token="tok_timeout"), 502, "payment-unavailable"
    )
    assert "The places stay held until it is known whether the payment succeeded." in problem["detail"]
    assert "An unpaid booking is held until Fri 20 November 2026, 12:10 UTC." in problem["detail"]
    assert problem["expires_at"] == "2026-11-20T12:10:00Z"
    [payment] = await shown(ada, "/api/me/bookings")
    assert payment is not None
    assert (payment["status"], payment["refunded"]) == ("open", "0.00")
