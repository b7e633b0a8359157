"""An event as search engines and previews read it.

JSON-LD after https://developers.google.com/search/docs/appearance/structured-data/event, and Open Graph
(https://ogp.me).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from adapters.http.pages.shared.event_addresses import path_of, poster_path, share_picture_path
from adapters.http.shared.responses import to_json
from core.catalog.model import EventStatus, EventView
from core.catalog.posters import Shape
from core.shared.images import Thumbnail
from core.shared.money import round_amount
from core.shared.places import TO_BE_ANNOUNCED
from core.shared.text import shorten, to_single_line
from core.shared.timezones import zone_of

MAX_DESCRIPTION = 155
"""Search engines show about as many characters."""
_SCHEMA = "https://schema.org/"


def json_ld(view: EventView, public_url: str) -> Markup:
    """Return the event as JSON for a script element, in which `<` would be dangerous."""
    text = to_json(structured_event(view, public_url)).decode()
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON without a `<`, in a data block


def structured_event(view: EventView, public_url: str) -> dict[str, Any]:
    """Return the event as an object of schema.org."""
    event = view.event
    is_cancelled = event.status is EventStatus.CANCELLED
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": to_single_line(event.name),
        "url": f"{public_url}{path_of(event)}",
        "startDate": _local(event.start_time, event.timezone),
        "endDate": _local(event.end_time, event.timezone),
        "eventStatus": f"{_SCHEMA}{'EventCancelled' if is_cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"{_SCHEMA}OfflineEventAttendanceMode",
        "location": _place(view),
        "image": [f"{public_url}{path}" for path in _picture_paths(view)],
        **({"description": event.description} if event.description else {}),
        **({"offers": _offer(view, public_url)} if event.price is not None else {}),
    }


@dataclass(frozen=True, slots=True)
class Preview:
    """The picture that is shown where a link to an event is shared (Open Graph)."""

    path: str
    media_type: str
    width: int
    height: int
    alt: str


def preview_picture(view: EventView) -> Preview:
    """Return the first image of the event, or else the picture that is painted for its links."""
    if not view.images:
        return Preview(share_picture_path(view), "image/png", 1200, 630, view.event.name)
    image = view.images[0]
    shown = image.at(Thumbnail.WIDE)
    return Preview(shown.path, shown.media_type, shown.width, shown.height, image.alt or view.event.name)


def short_description(view: EventView) -> str:
    """Return a sentence about the event: the beginning of its description, or where it is."""
    text = to_single_line(view.event.description) or to_single_line(view.location) or to_single_line(view.event.name)
    return shorten(text, MAX_DESCRIPTION)


def _picture_paths(view: EventView) -> list[str]:
    """Return what represents the event in several shapes, of which search engines choose one."""
    if not view.images:
        return [share_picture_path(view), poster_path(view.event), poster_path(view.event, Shape.WIDE)]
    kinds = (Thumbnail.SQUARE, Thumbnail.STANDARD, Thumbnail.WIDE)
    return list(dict.fromkeys(view.images[0].at(kind).path for kind in kinds))


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(zone_of(zone)).isoformat(timespec="minutes")


def _place(view: EventView) -> dict[str, Any]:
    event, area = view.event, view.area
    address = {
        "@type": "PostalAddress",
        "streetAddress": area.address if area else None,
        "addressLocality": event.city or (area.city if area else None),
        "addressCountry": event.country,
    }
    position = {"@type": "GeoCoordinates", "latitude": event.latitude, "longitude": event.longitude}
    return {
        "@type": "Place",
        "name": event.venue or (area.name if area else None) or TO_BE_ANNOUNCED,
        "address": {name: text for name, text in address.items() if text},
        **({"geo": position} if event.latitude is not None and event.longitude is not None else {}),
    }


def _offer(view: EventView, public_url: str) -> dict[str, Any]:
    event = view.event
    is_full = event.available == 0 or any(source.is_sold_out for source in view.sources)
    return {
        "@type": "Offer",
        "url": event.source_url or f"{public_url}{path_of(event)}",
        "price": event.price if event.price is None else round_amount(event.price, event.currency),
        "priceCurrency": event.currency,
        "availability": f"{_SCHEMA}{'SoldOut' if is_full else 'InStock'}",
        "validFrom": _local(event.created_at, event.timezone),
    }
