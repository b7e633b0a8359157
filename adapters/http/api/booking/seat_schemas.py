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
from core.booking.seats import MAX_SEATS_PER_ROW, SeatStatus, SeatView, check_grid


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
    status = fields.Enum(SeatStatus, by_value=True)

    def flatten(self, item: SeatView) -> dict[str, Any]:
        return {
            "id": item.id,
            "label": item.position.label,
            "row_label": item.position.row_label,
            "col_number": item.position.col_number,
            "status": item.status,
        }


class SeatsOut(ResponseSchema):
    event_id = Id()
    total = fields.Integer()
    available = fields.Integer()
    items = fields.List(fields.Nested(SeatOut))


class SeatRowOut(ResponseSchema):
    row_label = fields.String()
    seats = fields.String(
        metadata={
            "pattern": "^[ahr]+$",
            "example": "aahrraaa",
            "description": "One letter for each seat, from the left: `a` available, `h` held, `r` reserved. The third "
            "letter of row `B` is the seat with the label `B-3`.",
        }
    )


class SeatMapOut(ResponseSchema):
    event_id = Id()
    total = fields.Integer()
    available = fields.Integer()
    rows = fields.List(fields.Nested(SeatRowOut))
