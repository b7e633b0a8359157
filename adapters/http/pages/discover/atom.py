"""Write events as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from adapters.http.pages.shared.event_addresses import path_of
from adapters.http.pages.shared.filters import format_moment, format_price
from core.catalog.model import EventView
from core.shared.images import Thumbnail
from core.shared.places import describe_place
from core.shared.text import shorten, to_single_line
from core.shared.times import to_rfc3339

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0 (section 2.2), and can't be escaped either."""
_MAX_SUMMARY = 300


def write_atom(title: str, views: Sequence[EventView], now: datetime, *, page: str, feed: str) -> bytes:
    """Return the feed of these events. `page` is the address of the page that shows them, `feed` that of the feed.

    Texts of events are plain text in it, whatever they contain.
    """
    root = ET.Element("feed", xmlns=_ATOM)
    _add(root, "title", title)
    _add(root, "id", feed)
    _add(root, "updated", to_rfc3339(max((view.event.updated_at for view in views), default=now)))
    ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=_clean(feed))
    ET.SubElement(root, "link", rel="alternate", type="text/html", href=_clean(page))
    author = ET.SubElement(root, "author")
    _add(author, "name", title.partition(":")[0])
    address = urlsplit(page)
    root.extend(_entries(views, f"{address.scheme}://{address.netloc}"))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entries(views: Iterable[EventView], public_url: str) -> Iterable[ET.Element]:
    for view in views:
        event = view.event
        entry = ET.Element("entry")
        _add(entry, "id", f"urn:uuid:{event.id}")
        _add(entry, "title", to_single_line(event.name))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=f"{public_url}{path_of(event)}")
        _add(entry, "published", to_rfc3339(event.created_at))
        _add(entry, "updated", to_rfc3339(event.updated_at))
        if event.category:
            ET.SubElement(entry, "category", term=_clean(event.category))
        for image in view.images[:1]:
            shown = image.at(Thumbnail.WIDE)
            ET.SubElement(entry, "link", rel="enclosure", type=shown.media_type, href=f"{public_url}{shown.path}")
        _add(entry, "summary", _summary(view))
        yield entry


def _summary(view: EventView) -> str:
    event = view.event
    when = format_moment(event.start_time, event.timezone)
    about = shorten(to_single_line(event.description), _MAX_SUMMARY)
    facts = f"{when}. {describe_place(view.location)}. {format_price(event.price, event.currency)}."
    return f"{facts} {about}".strip()


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
