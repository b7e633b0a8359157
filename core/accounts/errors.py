"""Refusals of accounts."""

from __future__ import annotations

from core.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class EmailTaken(Conflict):
    """Somebody has an account with this email address already."""

    code = "email-taken"


class BadCredentials(Unauthenticated):
    """No active account has this email and this password. Which of the two is wrong is not told (A2)."""

    code = "bad-credentials"


class BadRefreshToken(Unauthenticated):
    """The refresh token is unknown, spent, expired or revoked."""

    code = "bad-refresh-token"


class UserNotFound(NotFound):
    """There is no such account."""

    code = "user-not-found"


class BadToken(Invalid):
    """The link's token is unknown, used, expired, or was sent to an address that is no longer this account's."""

    code = "bad-token"


class LinkInUse(Conflict):
    """The link is being used at this very moment: somebody has just sent a new password with it."""

    code = "link-in-use"


class WrongPassword(Forbidden):
    """The current password, which a new email address or password needs, is not right."""

    code = "wrong-password"


class SessionNotFound(NotFound):
    """This account has no such session."""

    code = "session-not-found"


class LastAdmin(Conflict):
    """There would be no active admin left."""

    code = "last-admin"
