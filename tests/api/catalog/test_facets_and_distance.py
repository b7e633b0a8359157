"""Counting the events of a search by their values, and searching by distance, over the API."""

from __future__ import annotations

from tests.support.api_client import Api, create_event


async def test_each_facet_leaves_out_the_filter_of_its_own_field(api: Api) -> None:
    otto = await api.sign_in_organizer()
    await create_event(otto, name="Jazz", category="Music", city="Berlin")
    await create_event(otto, name="Opera", category="Music", city="Oslo", price="40.00")
    await create_event(otto, name="Poetry", category="Words", city="Oslo", price="5.00")
    found = await (await api.anonymous.get("/api/events/facets", city="Oslo", category="Music")).json()
    assert found == {
        "categories": [{"category": "Music", "events": 1}, {"category": "Words", "events": 1}],
        "cities": [{"city": "Berlin", "events": 1}, {"city": "Oslo", "events": 1}],
        "sources": [{"origin": "local", "events": 1}],
        "price_bands": [
            {"price_max": "0", "events": 0},
            {"price_max": "10", "events": 0},
            {"price_max": "25", "events": 0},
            {"price_max": "50", "events": 1},
        ],
        "capped": False,
    }


async def test_events_are_found_around_a_position_the_nearest_first(api: Api) -> None:
    otto = await api.sign_in_organizer()
    await create_event(otto, name="Potsdam", latitude=52.40, longitude=13.06)
    await create_event(otto, name="Mitte", latitude=52.52, longitude=13.41)
    await create_event(otto, name="Hamburg", latitude=53.55, longitude=9.99)
    answer = await api.anonymous.get("/api/events", near="52.52,13.405", radius_km="50", sort="distance")
    assert [each["name"] for each in (await answer.json())["items"]] == ["Mitte", "Potsdam"]
