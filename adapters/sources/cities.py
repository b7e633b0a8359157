"""The known cities, and the slug of each on the sources.

Eventbrite uses its slugs in `/d/<slug>/events/`, Meetup in `/find/<slug>/`, both in lower case. Dice adds an id to the
name; a city has no Dice slug when the id is not known for certain. Coordinates are in degrees, to check which city a
site really served.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from core.discovery.errors import UnknownCity
from core.discovery.model import City, Source


def slugify(name: str) -> str:
    """Return a name in lower case, without accents, with one hyphen between its words."""
    ascii_name = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")


def find_city(name: str) -> City:
    """Return the city with that name. Raises UnknownCity, which lists the known cities."""
    city = CITIES.get(slugify(name))
    if city is None:
        known = ", ".join(sorted(city.name for city in CITIES.values()))
        raise UnknownCity(f"The city {name!r} is unknown. Choose one of these: {known}.")
    return city


def _city(  # noqa: PLR0917 - a row of the table below
    name: str, country: str, latitude: float, longitude: float, eventbrite: str, meetup: str, dice: str = ""
) -> City:
    slugs = {Source.EVENTBRITE: eventbrite, Source.MEETUP: meetup}
    if dice:
        slugs[Source.DICE] = dice
    return City(name, country, latitude, longitude, MappingProxyType(slugs))


_TABLE = (
    _city("Amsterdam", "NL", 52.3676, 4.9041, "netherlands--amsterdam", "nl--amsterdam"),
    _city("Barcelona", "ES", 41.3874, 2.1686, "spain--barcelona", "es--barcelona"),
    _city("Berlin", "DE", 52.5200, 13.4050, "germany--berlin", "de--berlin"),
    _city("Brisbane", "AU", -27.4698, 153.0251, "australia--brisbane", "au--brisbane"),
    _city("Chicago", "US", 41.8781, -87.6298, "il--chicago", "us--il--chicago", "chicago-5b238ca66e4bcd93783835b0"),
    _city("Copenhagen", "DK", 55.6761, 12.5683, "denmark--copenhagen", "dk--copenhagen"),
    _city("Delhi", "IN", 28.6139, 77.2090, "india--delhi", "in--delhi"),
    _city("Dublin", "IE", 53.3498, -6.2603, "ireland--dublin", "ie--dublin"),
    _city("Lisbon", "PT", 38.7223, -9.1393, "portugal--lisbon", "pt--lisbon"),
    _city(
        "London", "GB", 51.5074, -0.1278, "united-kingdom--london", "gb--17--london", "london-54d8a23438fe5d27d500001c"
    ),
    _city(
        "Los Angeles",
        "US",
        34.0522,
        -118.2437,
        "ca--los-angeles",
        "us--ca--los-angeles",
        "losangeles-5982e13c613de866017c3e3a",
    ),
    _city("Madrid", "ES", 40.4168, -3.7038, "spain--madrid", "es--madrid"),
    _city("Melbourne", "AU", -37.8136, 144.9631, "australia--melbourne", "au--melbourne"),
    _city("Milan", "IT", 45.4642, 9.1900, "italy--milan", "it--milan"),
    _city("New York", "US", 40.7128, -74.0060, "ny--new-york", "us--ny--new-york", "new_york-5bbf4db0f06331478e9b2c59"),
    _city("Paris", "FR", 48.8566, 2.3522, "france--paris", "fr--paris", "paris-5b23e8a0e63cc224a4c36a2d"),
    _city("Prague", "CZ", 50.0755, 14.4378, "czech-republic--prague", "cz--prague"),
    _city("Rome", "IT", 41.9028, 12.4964, "italy--rome", "it--rome"),
    _city(
        "San Francisco",
        "US",
        37.7749,
        -122.4194,
        "ca--san-francisco",
        "us--ca--san-francisco",
        "sanfrancisco-60dee10ce5e339918757f0db",
    ),
    _city("Singapore", "SG", 1.3521, 103.8198, "singapore--singapore", "sg--singapore"),
    _city("Stockholm", "SE", 59.3293, 18.0686, "sweden--stockholm", "se--stockholm"),
    _city("Sydney", "AU", -33.8688, 151.2093, "australia--sydney", "au--sydney"),
    _city("Toronto", "CA", 43.6532, -79.3832, "canada--toronto", "ca--on--toronto"),
    _city("Vienna", "AT", 48.2082, 16.3738, "austria--vienna", "at--vienna"),
    _city("Warsaw", "PL", 52.2297, 21.0122, "poland--warsaw", "pl--warsaw"),
    _city("Zurich", "CH", 47.3769, 8.5417, "switzerland--zurich", "ch--zurich"),
)

CITIES: Mapping[str, City] = MappingProxyType({slugify(city.name): city for city in _TABLE})
"""Every known city, by the slug of its name."""
