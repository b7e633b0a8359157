"""Refusals of alerts."""

from __future__ import annotations

from core.shared.errors import Conflict, Invalid, NotFound


class SubscriptionNotFound(NotFound):
    """There is no such subscription, or it is somebody else's."""

    code = "subscription-not-found"


class TooManySubscriptions(Conflict):
    """The address has as many subscriptions as one may have."""

    code = "too-many-subscriptions"


class BadSubscriptionToken(Invalid):
    """The token of a link about a subscription is unknown, used, expired, or not whole."""

    code = "bad-subscription-token"
