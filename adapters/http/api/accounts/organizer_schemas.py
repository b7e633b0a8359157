"""Requests and responses about becoming an organizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from adapters.http.api.accounts.schemas import UserOut
from adapters.http.shared.fields import Id, Moment, Prose
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.accounts.model import MAX_MESSAGE
from core.accounts.ports import OrganizerRequestView
from core.shared.ids import OrganizerRequestId


@dataclass(frozen=True, slots=True)
class OrganizerRequestBody:
    message: str = ""


class OrganizerRequestIn(RequestSchema[OrganizerRequestBody]):
    message = Prose(
        validate=validate.Length(0, MAX_MESSAGE), metadata={"description": "What you plan, for the admin who decides."}
    )


@dataclass(frozen=True, slots=True)
class RefusalBody:
    reason: str = ""


class RefusalIn(RequestSchema[RefusalBody]):
    reason = Prose(validate=validate.Length(0, MAX_MESSAGE), metadata={"description": "Sent to the user."})


@dataclass(frozen=True, slots=True)
class OrganizerRequestRef:
    request_id: OrganizerRequestId


class OrganizerRequestPath(RequestSchema[OrganizerRequestRef]):
    request_id = Id(required=True)


class OrganizerRequestOut(ResponseSchema):
    id = Id()
    user = fields.Nested(UserOut)
    message = fields.String()
    requested_at = Moment()

    def flatten(self, view: OrganizerRequestView) -> dict[str, Any]:
        request = view.request
        return {
            "id": request.id,
            "user": view.user,
            "message": request.message,
            "requested_at": request.requested_at,
        }
