"""Emails over SMTP: encryption, certificates and logging in, with a real server."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.notifications.errors import DeliveryFailed, Misconfigured, TryLater
from tests.support.mail_server import PASSWORD, USER, Postbox, certificate, greeting, mail_server
from tests.support.smtp import FORGOTTEN, by_smtp, failed


async def test_a_password_is_not_sent_without_tls() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        delivery = by_smtp(replace(server, user=USER, password=PASSWORD))
        assert "STARTTLS" in await failed(delivery, Misconfigured)
    assert (postbox.tries, postbox.envelopes) == (0, [])


async def test_a_server_without_tls_is_a_misconfiguration() -> None:
    async with greeting(b"220 mail.test ESMTP\r\n") as server:
        await failed(by_smtp(replace(server, tls=True)), Misconfigured)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls(signed: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed)
    return context


@pytest.fixture
def trusted(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("way", ["tls", "starttls"])
async def test_logging_in_uses_tls(tls: ssl.SSLContext, way: str) -> None:
    postbox = Postbox()
    options: dict[str, Any] = {way: tls}
    async with mail_server(postbox, **options) as server:
        await by_smtp(replace(server, user=USER, password=PASSWORD)).send(FORGOTTEN)
    assert len(postbox.envelopes) == 1
    assert postbox.tries == 1
    assert way == "tls" or postbox.encrypted == [True]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, Misconfigured),
        ("534 5.7.9 use an app password", Misconfigured),
        (f"535 not {PASSWORD}", Misconfigured),
        ("454 4.7.0 the directory is away", TryLater),
    ],
)
async def test_a_refused_login_is_attempted_once_and_its_code_decides_about_retries(
    tls: ssl.SSLContext, answer: str | None, kind: type[DeliveryFailed]
) -> None:
    postbox = Postbox({"AUTH": answer} if answer else {})
    async with mail_server(postbox, starttls=tls) as server:
        await failed(by_smtp(replace(server, user="eve", password=PASSWORD)), kind)
    assert postbox.tries == 1


@pytest.mark.parametrize("way", ["tls", "starttls"])
async def test_a_password_is_not_sent_to_a_server_with_an_untrusted_certificate(tls: ssl.SSLContext, way: str) -> None:
    postbox = Postbox()
    options: dict[str, Any] = {way: tls}
    async with mail_server(postbox, **options) as server:
        reason = await failed(by_smtp(replace(server, user=USER, password=PASSWORD)), Misconfigured)
    assert "certificate verify failed" in reason
    assert postbox.tries == 0


async def test_without_a_password_starttls_is_used_with_any_certificate(tls: ssl.SSLContext) -> None:
    postbox = Postbox()
    async with mail_server(postbox, starttls=tls) as server:
        await by_smtp(server).send(FORGOTTEN)
    assert postbox.encrypted == [True]
