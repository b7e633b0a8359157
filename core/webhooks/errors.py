"""Refusals of the webhooks slice."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound


class WebhookNotFound(NotFound):
    """There is no such webhook, or it is somebody else's."""

    code = "webhook-not-found"


class DeliveryNotFound(NotFound):
    """This webhook has no such delivery."""

    code = "delivery-not-found"


class TooManyWebhooks(Conflict):
    """The account has the maximum number of webhooks. Delete one to create another."""

    code = "too-many-webhooks"


class WebhookDisabled(Conflict):
    """The webhook is disabled: nothing is sent to it."""

    code = "webhook-disabled"
