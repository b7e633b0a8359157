"""The forms of the pages around links in emails. Their mistakes are explained in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import fields

from adapters.http.shared.request_schemas import RequestSchema
from core.accounts.model import MIN_PASSWORD, check_fields


@dataclass(frozen=True, slots=True)
class AddressBody:
    email: str


class AddressIn(RequestSchema[AddressBody]):
    email = fields.String(required=True, error_messages={"required": "Type the address of your account."})

    stand_ins: ClassVar = {"email": "ada@example.com"}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_fields(email=data.get("email"))


@dataclass(frozen=True, slots=True)
class NewPasswordBody:
    password: str


class NewPasswordIn(RequestSchema[NewPasswordBody]):
    password = fields.String(required=True, error_messages={"required": "Type the new password."})

    stand_ins: ClassVar = {"password": "-" * MIN_PASSWORD}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_fields(password=data.get("password"))
