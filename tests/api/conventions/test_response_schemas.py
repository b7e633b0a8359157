"""Responses are written by the shortest way, which must not show: every value looks as its field would write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from adapters.http.shared.fields import Amount, Id, Moment
from adapters.http.shared.response_schemas import ResponseSchema
from adapters.http.shared.responses import to_json


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(ResponseSchema):
    name = fields.String()
    made_at = Moment()


class Everything(ResponseSchema):
    id = Id()
    name = fields.String(allow_none=True)
    count = fields.Integer(allow_none=True)
    share = fields.Float(allow_none=True)
    is_new = fields.Boolean()
    made_at = Moment(allow_none=True)
    price = Amount(allow_none=True)
    color = fields.Enum(Color, by_value=True)
    tags = fields.List(fields.String())
    moments = fields.List(Moment())
    part = fields.Nested(Part, allow_none=True)
    parts = fields.List(fields.Nested(Part))


def times() -> st.SearchStrategy[datetime]:
    zones = st.sampled_from([UTC, timezone(timedelta(0)), timezone(timedelta(hours=2)), timezone(-timedelta(hours=9))])
    return st.datetimes(datetime(1900, 1, 2), datetime(2900, 1, 1), timezones=zones)  # noqa: DTZ001


PARTS = st.fixed_dictionaries({"name": st.text(), "made_at": times()})
VALUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "name": st.none() | st.text(),
        "count": st.none() | st.integers(-(2**53), 2**53),
        "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "is_new": st.booleans(),
        "made_at": st.none() | times(),
        "price": st.none() | st.decimals(0, 10**6, places=2) | st.just(Decimal("1E+4")),
        "color": st.sampled_from(Color),
        "tags": st.lists(st.text()) | st.lists(st.text()).map(tuple),
        "moments": st.lists(times()),
        "part": st.none() | PARTS,
        "parts": st.lists(PARTS),
    }
)


@given(VALUES)
def test_every_value_is_written_as_its_field_writes_it(values: dict[str, Any]) -> None:
    schema = Everything()
    assert to_json(schema.dump(values)) == to_json(Schema.dump(schema, values))


def test_only_declared_values_are_shown_in_the_order_of_their_fields() -> None:
    shown = Part().dump({"secret": 1, "made_at": datetime(2030, 1, 1, tzinfo=UTC), "name": "wheel"})
    assert list(shown) == ["name", "made_at"]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        Part().dump({"name": "wheel"})
