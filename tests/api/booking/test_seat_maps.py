"""Reading seats and the seat map over HTTP (B8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_client import Api, Person, create_event
from tests.support.builders import HOLD

FORMS = ("seats", "seat-map")


async def open_hall(organizer: Person, per_row: int = 4, **fields: Any) -> str:
    event = await create_event(organizer, **{"capacity": 10, **fields})
    answer = await organizer.post(f"/api/admin/events/{event['id']}/seats/generate", {"per_row": per_row})
    assert answer.status == 201
    return str(event["id"])


async def book(by: Person, event_id: str, *seats: str) -> dict[str, Any]:
    answer = await by.post(f"/api/events/{event_id}/book", {"seat_ids": list(seats)}, Idempotency_Key="".join(seats))
    assert answer.status == 201, await answer.text()
    booking: dict[str, Any] = await answer.json()
    return booking


async def test_the_seat_map_says_everything_that_a_booking_needs(api: Api) -> None:
    ada, event_id = await api.sign_in(), await open_hall(await api.sign_in_organizer(), price="5.00")
    held = await book(ada, event_id, "A-2", "C-1")
    await ada.post(f"/api/bookings/{held['id']}/pay", {"payment_token": "tok_approve"})
    await book(ada, event_id, "B-4")
    seat_map = await (await api.anonymous.get(f"/api/events/{event_id}/seat-map")).json()
    assert seat_map == {
        "event_id": event_id,
        "total": 10,
        "available": 7,
        "rows": [
            {"row_label": "A", "seats": "araa"},
            {"row_label": "B", "seats": "aaah"},
            {"row_label": "C", "seats": "ra"},
        ],
    }
    letters = {
        f"{row['row_label']}-{place}": letter
        for row in seat_map["rows"]
        for place, letter in enumerate(row["seats"], start=1)
    }
    seats = await (await api.anonymous.get(f"/api/events/{event_id}/seats")).json()
    assert letters == {seat["label"]: seat["status"][0] for seat in seats["items"]}


async def test_a_large_hall_is_complete_and_in_order(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event_id = await open_hall(organizer, per_row=700, capacity=1_001)
    seats = await (await api.anonymous.get(f"/api/events/{event_id}/seats")).json()
    expected = [f"A-{place}" for place in range(1, 701)] + [f"B-{place}" for place in range(1, 302)]
    assert [seat["label"] for seat in seats["items"]] == expected
    assert len({seat["id"] for seat in seats["items"]}) == seats["total"] == seats["available"] == 1_001


@pytest.mark.parametrize("form", FORMS)
async def test_it_is_sent_again_only_after_it_has_changed(api: Api, form: str) -> None:
    ada, event_id = await api.sign_in(), await open_hall(await api.sign_in_organizer(), price="5.00")
    path = f"/api/events/{event_id}/{form}"

    async def read(known: str, method: str = "GET") -> tuple[int, str]:
        answer = await api.anonymous.request(method, path, headers={"If-None-Match": known})
        assert answer.headers["Cache-Control"] == "no-cache"
        assert bool(await answer.read()) == (answer.status == 200 and method == "GET")
        return answer.status, answer.headers["ETag"]

    first = (await api.anonymous.get(path)).headers["ETag"]
    for method in ("GET", "HEAD"):
        for known in (first, f'"other", {first}', f"W/{first}"):
            assert await read(known, method) == (304, first), (known, method)
        assert (await read("*", method))[0] == 304
    await book(ada, event_id, "A-1")
    changed, second = await read(first)
    assert (changed, second == first) == (200, False)
    assert await read(second, "HEAD") == (304, second)
    api.clock.move(HOLD)
    status, third = await read(second)
    assert (status, third == second) == (200, False)


@pytest.mark.parametrize("form", FORMS)
async def test_a_hidden_map_is_not_found_even_by_those_who_knew_it(api: Api, form: str) -> None:
    organizer = await api.sign_in_organizer()
    event_id = await open_hall(organizer)
    path = f"/api/events/{event_id}/{form}"
    known = (await api.anonymous.get(path)).headers["ETag"]
    assert (await organizer.post(f"/api/admin/events/{event_id}/deactivate")).status == 200
    for headers in ({}, {"If-None-Match": known}, {"If-None-Match": "*"}):
        assert (await api.anonymous.request("GET", path, headers=headers)).status == 404
    assert (await organizer.get(path)).status == 200


@pytest.mark.parametrize("form", FORMS)
async def test_a_malformed_if_none_match_is_refused(api: Api, form: str) -> None:
    event_id = await open_hall(await api.sign_in_organizer())
    answer = await api.anonymous.request("GET", f"/api/events/{event_id}/{form}", headers={"If-None-Match": "a"})
    assert (answer.status, list((await answer.json())["errors"])) == (422, ["If-None-Match"])
