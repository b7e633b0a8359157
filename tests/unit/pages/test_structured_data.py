"""Events as search engines read them: by the rules of Google for schema.org events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.http.pages.events.structured_data import MAX_DESCRIPTION, json_ld, short_description, structured_event
from core.catalog.model import EventStatus, EventView, Origin, SourceRecord
from tests.support.builders import NOW, an_area, an_event

SITE = "https://nights.example"
EVENING = datetime(2026, 12, 4, 19, 0, tzinfo=UTC)


def structured(area: Any = None, sources: tuple[SourceRecord, ...] = (), **values: Any) -> dict[str, Any]:
    view = EventView(an_event(**{"start_time": EVENING, **values}), area, sources)
    found: dict[str, Any] = json.loads(json_ld(view, SITE))
    return found


def test_required_properties_are_there_with_the_offset_of_the_place() -> None:
    event = structured(name="Night of  film", timezone="Europe/Berlin")
    assert event["name"] == "Night of film"
    assert (event["startDate"], event["endDate"]) == ("2026-12-04T20:00+01:00", "2026-12-04T22:00+01:00")
    assert event["location"]["name"] == "Kino Nord"
    assert event["location"]["address"] == {"@type": "PostalAddress", "addressLocality": "Berlin"}
    assert event["eventStatus"] == "https://schema.org/EventScheduled"


def test_pictures_and_page_have_whole_addresses() -> None:
    event = structured()
    assert event["url"].startswith(f"{SITE}/events/")
    assert all(image.startswith(f"{SITE}/events/") for image in event["image"])
    assert len(event["image"]) == 3


def test_an_area_gives_the_address_and_the_event_its_position() -> None:
    area = an_area(name="Loft", address="Main Street 1", city="Bonn")
    place = structured(area, venue=None, city=None, country="Germany", latitude=50.7, longitude=7.1)["location"]
    assert place["name"] == "Loft"
    assert place["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Main Street 1",
        "addressLocality": "Bonn",
        "addressCountry": "Germany",
    }
    assert place["geo"] == {"@type": "GeoCoordinates", "latitude": 50.7, "longitude": 7.1}


def test_a_cancelled_event_says_so() -> None:
    assert structured(status=EventStatus.CANCELLED)["eventStatus"] == "https://schema.org/EventCancelled"


@pytest.mark.parametrize(
    ("values", "availability"),
    [({"capacity": 2}, "InStock"), ({"capacity": 2, "booked_count": 2}, "SoldOut"), ({"capacity": None}, "InStock")],
)
def test_an_offer_has_a_price_and_says_whether_it_is_sold_out(values: dict[str, Any], availability: str) -> None:
    offer = structured(price=Decimal("12.50"), **values)["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("12.50", "EUR")
    assert offer["availability"] == f"https://schema.org/{availability}"


def test_an_unknown_price_is_no_offer() -> None:
    assert "offers" not in structured(price=None)


def test_what_a_seller_says_to_be_sold_out_is() -> None:
    source = SourceRecord(Origin.DICE, "1", "https://dice.fm/1", NOW, NOW, is_sold_out=True)
    offer = structured(None, (source,), origin=Origin.DICE, source_url=source.url)["offers"]
    assert (offer["availability"], offer["url"]) == ("https://schema.org/SoldOut", source.url)


def test_a_text_cannot_end_the_script_that_it_is_in() -> None:
    view = EventView(an_event(name="</script><script>alert(1)</script>", description="<!--"), None, ())
    text = json_ld(view, SITE)
    assert "<" not in text
    assert json.loads(text)["name"] == "</script><script>alert(1)</script>"


def test_the_short_description_ends_at_a_word() -> None:
    text = short_description(EventView(an_event(description="night\n" * 100), None, ()))
    assert len(text) <= MAX_DESCRIPTION + 1
    assert text.endswith("night…")


def test_without_a_description_it_says_where() -> None:
    assert short_description(EventView(an_event(), None, ())) == "Kino Nord, Berlin"


def test_the_event_ends_after_it_starts() -> None:
    view = EventView(an_event(start_time=EVENING, end_time=EVENING + timedelta(days=1)), None, ())
    assert structured_event(view, SITE)["endDate"] == "2026-12-05T20:00+01:00"
