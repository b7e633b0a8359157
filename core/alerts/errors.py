"""Refusals of the alerts slice."""

from __future__ import annotations

from core.shared.errors import Conflict, Invalid, NotFound


class SubscriptionNotFound(NotFound):
    """There is no such subscription, or it is somebody else's."""

    code = "subscription-not-found"


class TooManySubscriptions(Conflict):
    """The address has the maximum number of subscriptions. End one to start another."""

    code = "too-many-subscriptions"


class BadSubscriptionToken(Invalid):
    """The token of a link in a subscription email is unknown, used, expired or incomplete."""

    code = "bad-subscription-token"
