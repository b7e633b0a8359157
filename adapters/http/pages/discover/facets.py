"""The filters that a page offers, with how many events each would leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.http.pages.discover.searches import PageSearch
from adapters.http.pages.discover.wording import SELLERS
from core.catalog.discovering import Facets
from core.catalog.model import Origin
from core.catalog.overviews import ValueCount
from core.shared.text import name_key

SHOWN = 7
"""So many options of a group are shown at once, and those that are chosen."""


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a parameter, what it is called, and how many events it leaves."""

    value: str
    text: str
    events: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetGroup:
    """The options of one parameter: the first ones, and the others. Of a group of one kind, one option is chosen."""

    name: str
    label: str
    shown: Sequence[Option]
    others: Sequence[Option] = ()
    is_single: bool = False


def facet_groups(search: PageSearch, facets: Facets) -> Iterator[FacetGroup]:
    """Yield the groups in which there is something to choose."""
    categories = [_option(each, each.value, search.has("category", each.value)) for each in facets.categories]
    cities = [_option(each, each.value, search.is_city(each.value)) for each in facets.cities]
    origins = [_option(each, SELLERS[Origin(each.value)], search.has("origin", each.value)) for each in facets.origins]
    yield from _group("category", "Category", _with_missing(search, "category", categories))
    yield from _group("city", "City", cities)
    prices = [_price(search, each.price_max, each.events) for each in facets.prices if each.price_max]
    if any(each.events or each.is_chosen for each in prices):
        anything = Option("", "Any price", 0, is_chosen=not search.get("price_max"))
        yield FacetGroup("price_max", "Price", [anything, *prices], is_single=True)
    yield from _group("origin", "Sold by", origins)


def _price(search: PageSearch, price_max: object, events: int) -> Option:
    return Option(str(price_max), f"Up to {price_max}", events, is_chosen=search.get("price_max") == str(price_max))


def _option(count: ValueCount, text: str, is_chosen: bool) -> Option:
    return Option(count.value, text, count.events, is_chosen)


def _with_missing(search: PageSearch, name: str, options: Sequence[Option]) -> list[Option]:
    """Return the options with those that are chosen, although they leave nothing: they can be given up, too."""
    known = {name_key(each.value) for each in options}
    missing = [Option(value, value, 0, is_chosen=True) for value in search.all(name) if name_key(value) not in known]
    return [*options, *missing]


def _group(name: str, label: str, options: Sequence[Option]) -> Iterator[FacetGroup]:
    if len(options) > 1 or any(each.is_chosen for each in options):
        shown = [each for place, each in enumerate(options) if place < SHOWN or each.is_chosen]
        yield FacetGroup(name, label, shown, [each for each in options if each not in shown])
