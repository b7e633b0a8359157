"""The schema of a problem, for the OpenAPI document."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, fields


class ProblemOut(Schema):
    """A problem (RFC 9457). Some have further members that a program needs to react to them."""

    class Meta:
        unknown = INCLUDE

    type = fields.String(required=True, metadata={"format": "uri-reference", "example": "/problems/sold-out"})
    title = fields.String(required=True, metadata={"example": "Sold out"})
    status = fields.Integer(required=True, metadata={"example": 409})
    detail = fields.String(required=True, metadata={"description": "What went wrong this time, for a person."})
    instance = fields.String(required=True, metadata={"format": "uri-reference"})
    code = fields.String(required=True, metadata={"description": "Stable, for a program.", "example": "sold-out"})
    request_id = fields.String(required=True)
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "What is wrong with each field, by its dotted path."},
    )
