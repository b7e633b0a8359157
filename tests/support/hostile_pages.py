"""What a broken or hostile site would send: a sound state with wrong values anywhere in it."""

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
from core.shared.money import MAX_AMOUNT

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
_WRONG = st.one_of(st.sampled_from(_VALUES), st.integers(), st.floats(), st.text(max_size=5))


def _paths(node: object, path: Path = ()) -> Iterator[Path]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield (*path, step)
        yield from _paths(child, (*path, step))


def corrupt_each_value(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Copies of a small state in which one value is wrong or gone: every value, in every way."""
    for path in _paths(state):
        yield _changed(state, [(path, None, True)])
        for wrong in _VALUES:
            yield _changed(state, [(path, wrong, False)])


def corrupted_states(state: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Copies of a state in which up to six values, anywhere, are wrong or gone."""
    change = st.tuples(st.sampled_from(list(_paths(state))), _WRONG, st.booleans())
    return st.lists(change, min_size=1, max_size=6).map(lambda changes: _changed(state, changes))


def _changed(state: dict[str, Any], changes: Iterable[tuple[Path, object, bool]]) -> dict[str, Any]:
    changed = copy.deepcopy(state)
    for path, wrong, gone in changes:
        node: Any = changed
        try:
            for step in path[:-1]:
                node = node[step]
            if gone:
                del node[path[-1]]
            else:
                node[path[-1]] = copy.deepcopy(wrong)  # a later change may reach into it
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this part of the state away
    return changed


def with_noise(whole: bytes) -> st.SearchStrategy[bytes]:
    """A page with up to 200 bytes of noise anywhere in it."""
    where = st.integers(min_value=0, max_value=len(whole))
    return st.builds(lambda noise, at: whole[:at] + noise + whole[at:], st.binary(max_size=200), where)


def assert_only_unknown_layout_escapes(site: Site, page: FetchedPage) -> None:
    """Parse, and check that what is told can be gathered and stored."""
    try:
        parsed = site.parse(page)
    except UnknownLayout:
        return
    result = combine_pages(site.source, [(page, parsed)])
    for listing in result.listings:
        listing.start_time.astimezone(UTC)
        assert listing.price is None or 0 <= listing.price <= MAX_AMOUNT
        assert (listing.latitude is None) == (listing.longitude is None)
        assert listing.latitude is None or abs(listing.latitude) <= 90
        told = "\n".join(
            [*filter(None, (listing.name, listing.description, listing.venue, listing.city)), *listing.tags]
        )
        assert "\x00" not in told
        assert told.encode()
    for rejected in (*parsed.rejected, *result.rejected):
        assert rejected.what
        assert rejected.reason
