"""Requests and responses about webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiohttp import web
from marshmallow import fields, validate

from adapters.http.middleware.auth import principal
from adapters.http.shared.fields import Flag, Id, Moment
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from adapters.http.use_cases import use_cases
from core.shared.ids import WebhookId
from core.shared.messages import MessageStatus
from core.shared.topics import Topic
from core.webhooks.model import MAX_URL_LENGTH, Scope, WebhookFields, new_webhook

_URL = {"format": "uri", "example": "https://tickets.example.org/hooks"}


@dataclass(frozen=True, slots=True)
class WebhookRef:
    webhook_id: WebhookId


class WebhookPath(RequestSchema[WebhookRef]):
    webhook_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    webhook_id: WebhookId
    delivery_id: UUID


class DeliveryPath(RequestSchema[DeliveryRef]):
    webhook_id = Id(required=True)
    delivery_id = Id(required=True)


def _url_field(*, required: bool) -> fields.String:
    metadata = {**_URL, "description": "The receiving URL: http or https, without user, password or fragment."}
    return fields.String(required=required, validate=validate.Length(1, MAX_URL_LENGTH), metadata=metadata)


def _topics_field(*, required: bool) -> fields.List[Topic]:
    topic = fields.Enum(Topic, by_value=True)
    return fields.List(topic, required=required, validate=validate.Length(1, len(Topic)))


def _check(data: Mapping[str, Any], request: web.Request, *, allow_private: bool) -> None:
    new_webhook(
        WebhookId(UUID(int=0)),
        by=principal(request),
        url=data.get("url", _URL["example"]),
        topics=data.get("topics", Topic),
        entropy="",
        now=use_cases(request).clock.now(),
        allow_private=allow_private,
    )


@dataclass(frozen=True, slots=True)
class WebhookBody:
    url: str
    topics: list[Topic]


class WebhookIn(RequestSchema[WebhookBody]):
    url = _url_field(required=True)
    topics = _topics_field(required=True)

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        _check(data, request, allow_private=use_cases(request).webhooks.create.allow_private)


class WebhookChange(RequestSchema[WebhookFields]):
    """Any of a webhook's settings; what is left out stays."""

    url = _url_field(required=False)
    topics = _topics_field(required=False)
    enabled = Flag()

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        _check(data, request, allow_private=True)  # one that is stored may be sent again


class WebhookOut(ResponseSchema):
    """A webhook. Its secret was shown once, when it was created."""

    id = Id()
    user_id = Id()
    url = fields.String(metadata=_URL)
    topics = fields.List(fields.Enum(Topic, by_value=True))
    scope = fields.Enum(Scope, by_value=True, metadata={"description": "Whose events it is notified of."})
    enabled = fields.Boolean()
    disabled_at = Moment(allow_none=True)
    disabled_reason = fields.String(allow_none=True)
    created_at = Moment()


class NewWebhookOut(WebhookOut):
    """A webhook that was just created."""

    secret = fields.String(metadata={"description": "Signs the requests. Store it: it is not shown again."})


class WebhookDeliveryOut(ResponseSchema):
    """A message to a webhook that was sent or waits to be sent."""

    id = Id(metadata={"description": "The header `webhook-id` of every attempt."})
    topic = fields.String()
    payload = fields.Dict(keys=fields.String(), metadata={"description": "`data` in the request's body."})
    status = fields.Enum(MessageStatus, by_value=True)
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last attempt failed."})
    response_status = fields.Integer(allow_none=True, metadata={"description": "The receiver's last status code."})
    created_at = Moment()
    due_at = Moment(metadata={"description": "When the next attempt is due, while it waits."})
    sent_at = Moment(allow_none=True)
