"""The cities that can be asked for by name, and what each source calls them.

Eventbrite's names stand in its `/d/<place>/events/` addresses, Meetup's in `/find/<place>/`, both in lower case. Dice
puts an id after the name; a city is without one where the id is not known for certain. Coordinates are in degrees, to
check what was really served.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from core.discovery.errors import UnknownCity
from core.discovery.model import City, Source


def slug_of(name: str) -> str:
    """The name as it is looked up: no case, no accents, one hyphen for whatever parts its words."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def find_place(name: str) -> City:
    """The city of that name. Raises UnknownCity, which lists those known."""
    place = PLACES.get(slug_of(name))
    if place is None:
        known = ", ".join(sorted(place.name for place in PLACES.values()))
        raise UnknownCity(f"There is no city {name!r}; known are {known}.")
    return place


def _place(  # noqa: PLR0917 - a row of the table below
    name: str, country: str, latitude: float, longitude: float, eventbrite: str, meetup: str, dice: str = ""
) -> City:
    slugs = {Source.EVENTBRITE: eventbrite, Source.MEETUP: meetup}
    if dice:
        slugs[Source.DICE] = dice
    return City(name, country, latitude, longitude, MappingProxyType(slugs))


_TABLE = (
    _place("Amsterdam", "NL", 52.3676, 4.9041, "netherlands--amsterdam", "nl--amsterdam"),
    _place("Barcelona", "ES", 41.3874, 2.1686, "spain--barcelona", "es--barcelona"),
    _place("Berlin", "DE", 52.5200, 13.4050, "germany--berlin", "de--berlin"),
    _place("Brisbane", "AU", -27.4698, 153.0251, "australia--brisbane", "au--brisbane"),
    _place("Chicago", "US", 41.8781, -87.6298, "il--chicago", "us--il--chicago", "chicago-5b238ca66e4bcd93783835b0"),
    _place("Copenhagen", "DK", 55.6761, 12.5683, "denmark--copenhagen", "dk--copenhagen"),
    _place("Delhi", "IN", 28.6139, 77.2090, "india--delhi", "in--delhi"),
    _place("Dublin", "IE", 53.3498, -6.2603, "ireland--dublin", "ie--dublin"),
    _place("Lisbon", "PT", 38.7223, -9.1393, "portugal--lisbon", "pt--lisbon"),
    _place(
        "London", "GB", 51.5074, -0.1278, "united-kingdom--london", "gb--17--london", "london-54d8a23438fe5d27d500001c"
    ),
    _place(
        "Los Angeles",
        "US",
        34.0522,
        -118.2437,
        "ca--los-angeles",
        "us--ca--los-angeles",
        "losangeles-5982e13c613de866017c3e3a",
    ),
    _place("Madrid", "ES", 40.4168, -3.7038, "spain--madrid", "es--madrid"),
    _place("Melbourne", "AU", -37.8136, 144.9631, "australia--melbourne", "au--melbourne"),
    _place("Milan", "IT", 45.4642, 9.1900, "italy--milan", "it--milan"),
    _place(
        "New York", "US", 40.7128, -74.0060, "ny--new-york", "us--ny--new-york", "new_york-5bbf4db0f06331478e9b2c59"
    ),
    _place("Paris", "FR", 48.8566, 2.3522, "france--paris", "fr--paris", "paris-5b23e8a0e63cc224a4c36a2d"),
    _place("Prague", "CZ", 50.0755, 14.4378, "czech-republic--prague", "cz--prague"),
    _place("Rome", "IT", 41.9028, 12.4964, "italy--rome", "it--rome"),
    _place(
        "San Francisco",
        "US",
        37.7749,
        -122.4194,
        "ca--san-francisco",
        "us--ca--san-francisco",
        "sanfrancisco-60dee10ce5e339918757f0db",
    ),
    _place("Singapore", "SG", 1.3521, 103.8198, "singapore--singapore", "sg--singapore"),
    _place("Stockholm", "SE", 59.3293, 18.0686, "sweden--stockholm", "se--stockholm"),
    _place("Sydney", "AU", -33.8688, 151.2093, "australia--sydney", "au--sydney"),
    _place("Toronto", "CA", 43.6532, -79.3832, "canada--toronto", "ca--on--toronto"),
    _place("Vienna", "AT", 48.2082, 16.3738, "austria--vienna", "at--vienna"),
    _place("Warsaw", "PL", 52.2297, 21.0122, "poland--warsaw", "pl--warsaw"),
    _place("Zurich", "CH", 47.3769, 8.5417, "switzerland--zurich", "ch--zurich"),
)

PLACES: Mapping[str, City] = MappingProxyType({slug_of(place.name): place for place in _TABLE})
"""Every known city, by the slug of its name."""
