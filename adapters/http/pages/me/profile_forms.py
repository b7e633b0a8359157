"""The forms of the profile. All their fields are needed, which is otherwise as in the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import fields, validate

from adapters.http.shared.request_schemas import RequestSchema
from core.accounts.model import MAX_PASSWORD, MIN_PASSWORD, check_fields


def current_password() -> fields.String:
    """Return the field of a password that was typed to confirm a change."""
    return fields.String(
        required=True,
        validate=validate.Length(1, MAX_PASSWORD, error="Must not be longer than {max} characters."),
        error_messages={"required": "Type your current password."},
    )


@dataclass(frozen=True, slots=True)
class NameBody:
    name: str


class NameIn(RequestSchema[NameBody]):
    name = fields.String(required=True, error_messages={"required": "Type your name."})

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_fields(name=data.get("name"))


@dataclass(frozen=True, slots=True)
class EmailBody:
    email: str
    current_password: str


class EmailIn(RequestSchema[EmailBody]):
    email = fields.String(required=True, error_messages={"required": "Type the new address."})
    current_password = current_password()

    stand_ins: ClassVar = {"email": "ada@example.com", "current_password": "-"}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_fields(email=data.get("email"))


@dataclass(frozen=True, slots=True)
class PasswordBody:
    password: str
    current_password: str


class PasswordIn(RequestSchema[PasswordBody]):
    current_password = current_password()
    password = fields.String(required=True, error_messages={"required": "Type the new password."})

    stand_ins: ClassVar = {"password": "-" * MIN_PASSWORD, "current_password": "-"}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_fields(password=data.get("password"))


@dataclass(frozen=True, slots=True)
class DeletionBody:
    current_password: str


class DeletionIn(RequestSchema[DeletionBody]):
    current_password = current_password()
