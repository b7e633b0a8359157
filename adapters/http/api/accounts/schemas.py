"""How accounts, sessions and the audit log are written in JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from adapters.http.shared.fields import Flag, Id, Moment, PageQuery, ResponseSchema
from core.accounts.model import MAX_NAME, MAX_PASSWORD, MIN_PASSWORD
from core.accounts.sessions import IssuedTokens, Session
from core.shared.access import Role
from core.shared.email import MAX_EMAIL
from core.shared.ids import SessionId


def _name(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, MAX_NAME), **options)


def _email(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(3, MAX_EMAIL), metadata={"format": "email"}, **options)


def _new_password(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(MIN_PASSWORD, MAX_PASSWORD), **options)


def _password(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, MAX_PASSWORD), **options)


def _token(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, 200), **options)


class SignUpIn(Schema):
    name = fields.String(required=True, validate=validate.Length(1, MAX_NAME), metadata={"example": "Ada Lovelace"})
    email = fields.String(
        required=True,
        validate=validate.Length(3, MAX_EMAIL),
        metadata={"example": "ada@example.com", "format": "email"},
    )
    password = fields.String(
        required=True, validate=validate.Length(MIN_PASSWORD, MAX_PASSWORD), metadata={"example": "correct horse"}
    )


class AddUserIn(SignUpIn):
    role = fields.Enum(Role, by_value=True, load_default=Role.USER)


class LogInIn(Schema):
    email = fields.String(required=True, validate=validate.Length(1, MAX_EMAIL))
    password = _password(required=True)


class RefreshIn(Schema):
    refresh_token = _token(required=True)


class LogOutIn(Schema):
    refresh_token = _token()


class ProfileIn(Schema):
    name = _name()
    email = _email()
    password = _new_password()
    current_password = _password(metadata={"description": "Needed to change the email address or the password."})


class ForgotIn(Schema):
    email = _email(required=True)


class ResetIn(Schema):
    token = _token(required=True)
    password = _new_password(required=True)


class VerifyIn(Schema):
    token = _token(required=True)


class RoleIn(Schema):
    role = fields.Enum(Role, by_value=True, required=True)


class ChangeUserIn(Schema):
    name = _name()
    is_active = Flag()


class UserPath(Schema):
    user_id = Id(required=True)


class SessionPath(Schema):
    session_id = Id(required=True)


class UsersQuery(PageQuery):
    q = fields.String(validate=validate.Length(1, 100), metadata={"description": "A part of the name or the email."})
    role = fields.Enum(Role, by_value=True)
    is_active = fields.Boolean()


class AuditQuery(PageQuery):
    action = fields.String(validate=validate.Length(1, 50), metadata={"example": "user.role-changed"})
    actor_id = Id()
    target = Id()


class UserOut(ResponseSchema):
    id = Id()
    name = fields.String()
    email = fields.String(metadata={"format": "email"})
    role = fields.Enum(Role, by_value=True)
    email_verified = fields.Boolean()
    is_active = fields.Boolean()
    created_at = Moment()


class SignedInOut(ResponseSchema):
    access_token = fields.String(metadata={"description": "Send it as `Authorization: Bearer …`."})
    refresh_token = fields.String(metadata={"description": "Works once, for new tokens."})
    token_type = fields.String(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(metadata={"description": "Seconds the access token lives."})

    def flatten(self, tokens: IssuedTokens) -> dict[str, Any]:
        return asdict(tokens) | {"token_type": "Bearer"}


class SessionOut(ResponseSchema):
    id = Id()
    device = fields.String(metadata={"description": "What the client called itself when it signed in."})
    created_at = Moment()
    last_used_at = Moment()
    expires_at = Moment()
    is_current = fields.Boolean(metadata={"description": "Whether this request belongs to it."})

    def flatten(self, shown: tuple[Session, SessionId]) -> dict[str, Any]:
        session, current = shown
        return {
            "id": session.id,
            "device": session.device,
            "created_at": session.created_at,
            "last_used_at": session.last_used_at,
            "expires_at": session.expires_at,
            "is_current": session.id == current,
        }


class SessionListOut(ResponseSchema):
    items = fields.List(fields.Nested(SessionOut))
    total = fields.Integer()


class AuditEntryOut(ResponseSchema):
    id = Id()
    at = Moment()
    actor_id = Id(allow_none=True, metadata={"description": "Who did it; null when nobody was signed in."})
    action = fields.String()
    target = Id(allow_none=True, metadata={"description": "The id of what it was done to."})
    facts = fields.Dict(keys=fields.String(), values=fields.String())
