"""Refusals of the accounts slice."""

from __future__ import annotations

from core.shared.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated


class EmailTaken(Conflict):
    """There is already an account with this email address."""

    code = "email-taken"


class BadCredentials(Unauthenticated):
    """No active account has this email and password. It is not revealed which of the two is wrong."""

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
    """Another request is using the link at this moment."""

    code = "link-in-use"


class WrongPassword(Forbidden):
    """The current password is wrong. Changing the email address or password requires it."""

    code = "wrong-password"


class SessionNotFound(NotFound):
    """This account has no such session."""

    code = "session-not-found"


class EmailNotVerified(Forbidden):
    """The email address of the account is not verified yet."""

    code = "email-not-verified"


class AlreadyOrganizer(Conflict):
    """The account is an organizer's or an admin's already."""

    code = "already-organizer"


class OrganizerRequestNotFound(NotFound):
    """There is no such request: it was granted, refused or replaced by a later one."""

    code = "organizer-request-not-found"


class LastAdmin(Conflict):
    """The change would leave no active admin."""

    code = "last-admin"
