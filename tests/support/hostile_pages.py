"""Pages of a broken or hostile site: a valid state with invalid values anywhere in it."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from core.discovery.errors import UnknownLayout
from core.discovery.model import FetchedPage, combine_pages
from core.discovery.ports import Site
from core.shared.money import MAX_PRICE

Path = tuple[str | int, ...]

_TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T22:30:00Z", "9999-12-31T23:30:00-12:00", "2026-02-30", "25:61")
_TEXTS = (
    "",
    " ",
    "\x00",
    "a\ud800b",
    "\x1b[31m",
    "NaN",
    "-1",
    "1e999999",
    "٣",
    "../../etc/passwd",
    "javascript:alert(1)",
)
_VALUES: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    0.5,
    math.nan,
    math.inf,
    10**300,
    *_TIMES,
    *_TEXTS,
    [],
    {},
    [None],
    [[]],
    {"": {}},
    [{}],
)
_INVALID = st.one_of(st.sampled_from(_VALUES), st.integers(), st.floats(), st.text(max_size=5))


def _paths(node: object, path: Path = ()) -> Iterator[Path]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield (*path, step)
        yield from _paths(child, (*path, step))


def corrupt_each_value(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield copies of a small state with one value replaced or removed: every value, in every way."""
    for path in _paths(state):
        yield _corrupt(state, [(path, None, True)])
        for invalid in _VALUES:
            yield _corrupt(state, [(path, invalid, False)])


def corrupted_states(state: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Copies of a state with up to six values replaced or removed."""
    change = st.tuples(st.sampled_from(list(_paths(state))), _INVALID, st.booleans())
    return st.lists(change, min_size=1, max_size=6).map(lambda changes: _corrupt(state, changes))


def _corrupt(state: dict[str, Any], changes: Iterable[tuple[Path, object, bool]]) -> dict[str, Any]:
    corrupted = copy.deepcopy(state)
    for path, invalid, is_removed in changes:
        node: Any = corrupted
        try:
            for step in path[:-1]:
                node = node[step]
            if is_removed:
                del node[path[-1]]
            else:
                node[path[-1]] = copy.deepcopy(invalid)  # a later change may modify it
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change removed this part of the state
    return corrupted


def with_noise(body: bytes) -> st.SearchStrategy[bytes]:
    """A page with up to 200 random bytes inserted anywhere."""
    where = st.integers(min_value=0, max_value=len(body))
    return st.builds(lambda noise, at: body[:at] + noise + body[at:], st.binary(max_size=200), where)


def assert_only_unknown_layout_escapes(site: Site, page: FetchedPage) -> None:
    """Parse the page, and check that its listings can be stored."""
    try:
        parsed = site.parse(page)
    except UnknownLayout:
        return
    result = combine_pages(site.source, [(page, parsed)])
    for listing in result.listings:
        listing.start_time.astimezone(UTC)
        assert listing.price is None or 0 <= listing.price <= MAX_PRICE
        assert (listing.latitude is None) == (listing.longitude is None)
        assert listing.latitude is None or abs(listing.latitude) <= 90
        texts = "\n".join(
            [*filter(None, (listing.name, listing.description, listing.venue, listing.city)), *listing.tags]
        )
        assert "\x00" not in texts
        assert texts.encode()
    for rejected in (*parsed.rejected, *result.rejected):
        assert rejected.what
        assert rejected.reason
