"""Requests and responses about seat maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import fields, validate

from adapters.http.shared.fields import Id
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.booking.model import (
    MAX_SEATS,
)
from core.booking.seats import MAX_SEATS_PER_ROW, Seat, check_grid


@dataclass(frozen=True, slots=True)
class SeatMapBody:
    rows: int | None = None
    per_row: int | None = None
    capacity: int | None = None


class GenerateIn(RequestSchema[SeatMapBody]):
    rows = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS))
    per_row = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS_PER_ROW))
    capacity = fields.Integer(
        strict=True,
        validate=validate.Range(1, MAX_SEATS),
        metadata={"description": "Required to change the capacity: as many places as the rows have seats."},
    )

    stand_ins: ClassVar = {"per_row": 1}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        if "rows" in data:
            check_grid(None, data["rows"], data.get("per_row"))


class GeneratedOut(ResponseSchema):
    created = fields.Integer()
    capacity = fields.Integer()


class SeatOut(ResponseSchema):
    id = Id()
    label = fields.String()
    row_label = fields.String()
    col_number = fields.Integer()
    status = fields.String(metadata={"enum": ["available", "held", "reserved"]})

    def flatten(self, item: tuple[Seat, str]) -> dict[str, Any]:
        seat, status = item
        return {
            "id": seat.id,
            "label": seat.label,
            "row_label": seat.position.row_label,
            "col_number": seat.position.col_number,
            "status": status,
        }


class SeatMapOut(ResponseSchema):
    event_id = Id()
    total = fields.Integer()
    available = fields.Integer()
    items = fields.List(fields.Nested(SeatOut))
