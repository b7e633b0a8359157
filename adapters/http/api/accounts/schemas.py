"""Requests and responses about accounts, sessions and the audit log."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from marshmallow import Schema, fields, validate

from adapters.http.shared.fields import Flag, Id, Moment
from adapters.http.shared.paging import FilteredPageQuery
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.accounts.model import MAX_NAME, MAX_PASSWORD, MIN_PASSWORD
from core.accounts.ports import UserFilter
from core.accounts.sessions import IssuedTokens, Session
from core.shared.access import Role
from core.shared.audit import AuditFilter
from core.shared.email import MAX_EMAIL
from core.shared.ids import SessionId, UserId


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


class _NewAccountFields(Schema):
    name = fields.String(required=True, validate=validate.Length(1, MAX_NAME), metadata={"example": "Ada Lovelace"})
    email = fields.String(
        required=True,
        validate=validate.Length(3, MAX_EMAIL),
        metadata={"example": "ada@example.com", "format": "email"},
    )
    password = fields.String(
        required=True, validate=validate.Length(MIN_PASSWORD, MAX_PASSWORD), metadata={"example": "correct horse"}
    )


@dataclass(frozen=True, slots=True)
class SignUpBody:
    name: str
    email: str
    password: str


class SignUpIn(_NewAccountFields, RequestSchema[SignUpBody]):
    pass


@dataclass(frozen=True, slots=True)
class AddUserBody:
    name: str
    email: str
    password: str
    role: Role


class AddUserIn(_NewAccountFields, RequestSchema[AddUserBody]):
    role = fields.Enum(Role, by_value=True, load_default=Role.USER)


@dataclass(frozen=True, slots=True)
class LogInBody:
    email: str
    password: str


class LogInIn(RequestSchema[LogInBody]):
    email = fields.String(required=True, validate=validate.Length(1, MAX_EMAIL))
    password = _password(required=True)


@dataclass(frozen=True, slots=True)
class RefreshBody:
    refresh_token: str


class RefreshIn(RequestSchema[RefreshBody]):
    refresh_token = _token(required=True)


@dataclass(frozen=True, slots=True)
class LogOutBody:
    refresh_token: str | None = None


class LogOutIn(RequestSchema[LogOutBody]):
    refresh_token = _token()


@dataclass(frozen=True, slots=True)
class ProfileBody:
    name: str | None = None
    email: str | None = None
    password: str | None = None
    current_password: str | None = None


class ProfileIn(RequestSchema[ProfileBody]):
    name = _name()
    email = _email()
    password = _new_password()
    current_password = _password(metadata={"description": "Needed to change the email address or the password."})


@dataclass(frozen=True, slots=True)
class ForgotBody:
    email: str


class ForgotIn(RequestSchema[ForgotBody]):
    email = _email(required=True)


@dataclass(frozen=True, slots=True)
class ResetBody:
    token: str
    password: str


class ResetIn(RequestSchema[ResetBody]):
    token = _token(required=True)
    password = _new_password(required=True)


@dataclass(frozen=True, slots=True)
class VerifyBody:
    token: str


class VerifyIn(RequestSchema[VerifyBody]):
    token = _token(required=True)


@dataclass(frozen=True, slots=True)
class RoleBody:
    role: Role


class RoleIn(RequestSchema[RoleBody]):
    role = fields.Enum(Role, by_value=True, required=True)


@dataclass(frozen=True, slots=True)
class ChangeUserBody:
    name: str | None = None
    is_active: bool | None = None


class ChangeUserIn(RequestSchema[ChangeUserBody]):
    name = _name()
    is_active = Flag()


@dataclass(frozen=True, slots=True)
class UserRef:
    user_id: UserId


class UserPath(RequestSchema[UserRef]):
    user_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class SessionRef:
    session_id: SessionId


class SessionPath(RequestSchema[SessionRef]):
    session_id = Id(required=True)


class UsersQuery(FilteredPageQuery[UserFilter]):
    text = fields.String(
        data_key="q",
        validate=validate.Length(1, 100),
        metadata={"description": "A part of the name or the email address."},
    )
    role = fields.Enum(Role, by_value=True)
    is_active = fields.Boolean()


class AuditQuery(FilteredPageQuery[AuditFilter]):
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
    refresh_token = fields.String(metadata={"description": "Can be exchanged for new tokens, once."})
    token_type = fields.String(metadata={"enum": ["Bearer"]})
    expires_in = fields.Integer(metadata={"description": "Seconds until the access token expires."})

    def flatten(self, tokens: IssuedTokens) -> dict[str, Any]:
        return asdict(tokens) | {"token_type": "Bearer"}


class SessionOut(ResponseSchema):
    id = Id()
    device = fields.String(metadata={"description": "The client's User-Agent when it signed in."})
    created_at = Moment()
    last_used_at = Moment()
    expires_at = Moment()
    is_current = fields.Boolean(metadata={"description": "Whether this request was sent in this session."})

    def flatten(self, item: tuple[Session, SessionId]) -> dict[str, Any]:
        session, current = item
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
    actor_id = Id(allow_none=True, metadata={"description": "The user who did it; null if nobody was signed in."})
    action = fields.String()
    target = Id(allow_none=True, metadata={"description": "The id of the user, event or other thing it was done to."})
    facts = fields.Dict(keys=fields.String(), values=fields.String())
