"""Webhooks and what was sent to them, as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from adapters.http.shared.fields import Flag, Id, Moment, ResponseSchema
from core.shared.messages import MessageStatus
from core.shared.topics import Topic
from core.webhooks.model import MAX_URL_LENGTH, Scope

_URL = {"format": "uri", "example": "https://tickets.example.org/hooks"}


class WebhookPath(Schema):
    webhook_id = Id(required=True)


class DeliveryPath(WebhookPath):
    delivery_id = Id(required=True)


def url(*, required: bool) -> fields.String:
    about = {**_URL, "description": "Where to send to: http or https, without user, password or fragment."}
    return fields.String(required=required, validate=validate.Length(1, MAX_URL_LENGTH), metadata=about)


def topics(*, required: bool) -> fields.List[Topic]:
    chosen = fields.Enum(Topic, by_value=True)
    return fields.List(chosen, required=required, validate=validate.Length(1, len(Topic)))


class WebhookIn(Schema):
    url = url(required=True)
    topics = topics(required=True)


class WebhookChange(Schema):
    """What is left out stays."""

    url = url(required=False)
    topics = topics(required=False)
    enabled = Flag()


class WebhookOut(ResponseSchema):
    """A webhook. Its secret was shown when it was made, and never is again."""

    id = Id()
    user_id = Id()
    url = fields.String(metadata=_URL)
    topics = fields.List(fields.Enum(Topic, by_value=True))
    scope = fields.Enum(Scope, by_value=True, metadata={"description": "Whose events it hears of."})
    enabled = fields.Boolean()
    disabled_at = Moment(allow_none=True)
    disabled_reason = fields.String(allow_none=True)
    created_at = Moment()


class NewWebhookOut(WebhookOut):
    """A webhook that was just made."""

    secret = fields.String(metadata={"description": "What requests are signed with. Keep it: it is not shown again."})


class WebhookDeliveryOut(ResponseSchema):
    """Something a webhook was told of, or is to be."""

    id = Id(metadata={"description": "The header `webhook-id` of every try."})
    topic = fields.String()
    payload = fields.Dict(keys=fields.String(), metadata={"description": "`data` of the request's body."})
    status = fields.Enum(MessageStatus, by_value=True)
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last try failed."})
    response_status = fields.Integer(allow_none=True, metadata={"description": "What the receiver answered last."})
    created_at = Moment()
    due_at = Moment(metadata={"description": "When it is tried next, while it waits."})
    sent_at = Moment(allow_none=True)
