"""Hiding an event that people have booked: its organizer is warned, and its bookings stay valid (B14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_client import Api, Person, assert_refused, book, create_event


async def deactivate(organizer: Person, event_id: str, way: str) -> dict[str, Any]:
    """Hide an event in one of the two ways, and return the answer."""
    path = f"/api/events/{event_id}"
    if way == "PATCH":
        answer = await organizer.patch(path, {"status": "inactive"})
    else:
        answer = await organizer.post(f"/api/admin/events/{event_id}/deactivate")
    assert answer.status == 200
    event: dict[str, Any] = await answer.json()
    return event


@pytest.mark.parametrize("way", ["PATCH", "deactivate"])
async def test_the_organizer_learns_how_many_have_booked_and_how_to_cancel(api: Api, way: str) -> None:
    otto, ada, bob = await api.sign_in_organizer(), await api.sign_in(), await api.sign_in("bob")
    event = await create_event(otto, capacity=2)
    assert event["warning"] is None
    await book(ada, event["id"], quantity=2)
    await book(bob, event["id"], quantity=1)
    warning = (await deactivate(otto, event["id"], way))["warning"]
    assert "(places: 2, parties on the waitlist: 1)" in warning
    assert "cancel it instead" in warning
    path = f"/api/events/{event['id']}"
    assert (await (await otto.get(path)).json())["warning"] == warning
    for holder in (ada, bob):
        seen = await (await holder.get(path)).json()
        assert (seen["name"], seen["status"], seen["warning"]) == (event["name"], "inactive", None)
    await assert_refused(await api.anonymous.get(path), 404, "event-not-found")


@pytest.mark.parametrize("way", ["PATCH", "deactivate"])
async def test_holders_are_told_that_the_event_is_no_longer_listed(api: Api, way: str) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(otto)
    await book(ada, event["id"])
    await api.container.notify_bookers()()
    await deactivate(otto, event["id"], way)
    await deactivate(otto, event["id"], way)
    await api.container.notify_bookers()()
    notifications = (await (await ada.get("/api/me/notifications")).json())["items"]
    assert [each["topic"] for each in notifications][:2] == ["event.deactivated", "booking.confirmed"]


async def test_an_event_that_nobody_has_booked_is_hidden_without_a_warning(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto)
    assert (await deactivate(otto, event["id"], "deactivate"))["warning"] is None
