"""The settings of what runs elsewhere: Redis, a notification service, a mail server, and where links lead."""

from __future__ import annotations

import pytest

from entrypoints.settings import Profile, public_url
from tests.support.from_environment import load, refusal

pytestmark = pytest.mark.usefixtures("nothing_set")


@pytest.mark.parametrize("url", ["redis://me:pw@cache:6379/0", "rediss://cache", "redis://:pw@[::1]:6380/"])
def test_a_redis_url_is_accepted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = load(monkeypatch, REDIS_URL=url)
    assert (settings.redis_url, settings.profile) == (url, Profile.EMBEDDED)


@pytest.mark.parametrize(
    "url",
    [
        "http://:pa55word@cache",
        "redis://:pa55word@cache:x",
        "redis://:pa55word@cache/first",
        "redis://:pa55word@cache?protocol=9",
        "redis://",
        "pa55word",
    ],
)
def test_an_invalid_redis_url_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    said = refusal(monkeypatch, REDIS_URL=url)
    assert said == "REDIS_URL should be like redis://user:password@host:6379/0, or rediss:// for TLS"


@pytest.mark.parametrize(
    "url", ["https://notify.example/v1/messages", "http://notifier:8080", "http://[::1]:9/", "https://bücher.example/"]
)
def test_a_notification_service_has_a_url_and_a_token(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    settings = load(monkeypatch, NOTIFICATION_SERVICE_URL=url, NOTIFICATION_TOKEN="a/b+c.d~e:f==")
    assert settings.notification_service_url == url
    assert settings.notification_token is not None
    assert settings.notification_token.get_secret_value() == "a/b+c.d~e:f=="


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("notify.example/pa55word", "should be like https://notify.example/messages"),
        ("ftp://notify.example/pa55word", "should be like https://notify.example/messages"),
        ("https:///pa55word", "should be like https://notify.example/messages"),
        ("https://notify.example:pa55word/", "should be like https://notify.example/messages"),
        ("https://notify..example/pa55word", "should be like https://notify.example/messages"),
        ("https://notify.example:0/pa55word", "should be like https://notify.example/messages"),
        ("https://notify.example/ pa55word", "should be like https://notify.example/messages"),
        ("https://me:pa55word@notify.example/", "should have no user or password: "),
        ("https://notify.example/?key=pa55word", "should have no query: "),
        ("https://notify.example/#pa55word", "should have no fragment: "),
        ("https://pa55word@notify.example/?#", "should have no user or password and no query and no fragment: "),
    ],
)
def test_a_notification_service_url_with_extras_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, url: str, problem: str
) -> None:
    said = refusal(monkeypatch, NOTIFICATION_SERVICE_URL=url, NOTIFICATION_TOKEN="t0ken")
    assert said.startswith(f"NOTIFICATION_SERVICE_URL {problem}")
    assert "pa55word" not in said


def test_a_notification_service_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(monkeypatch, NOTIFICATION_SERVICE_URL="https://notify.example/hunter2")
    assert said.startswith("NOTIFICATION_SERVICE_URL is set, but NOTIFICATION_TOKEN is not")
    assert "hunter2" not in said


@pytest.mark.parametrize("token", ["pa55 word", "pa55word\n", "pa55wörd", " "])
def test_a_token_that_fits_in_no_header_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    said = refusal(monkeypatch, NOTIFICATION_SERVICE_URL="https://notify.example", NOTIFICATION_TOKEN=token)
    assert said.startswith("NOTIFICATION_TOKEN should consist of ASCII letters, digits and symbols")
    assert "pa55" not in said


@pytest.mark.parametrize(
    "url", ["http://:pa55word@mail.example", "smtp://ada:pa55word@", "smtp://:pa55word@mail.example"]
)
def test_an_invalid_mail_server_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    said = refusal(monkeypatch, SMTP_URL=url, MAIL_FROM="tickets@example.org")
    assert said.startswith("SMTP_URL should be like smtp://user:password@host:587")
    assert "pa55word" not in said


def test_a_mail_server_needs_a_sender_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "MAIL_FROM is not" in refusal(monkeypatch, SMTP_URL="smtp://mail.example")
    settings = load(monkeypatch, SMTP_URL="smtp://mail.example", MAIL_FROM="Nocturne <tickets@example.org>")
    assert (settings.smtp_url, settings.mail_from) == ("smtp://mail.example", "Nocturne <tickets@example.org>")


@pytest.mark.parametrize(
    ("variables", "leads_to"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"HOST": "0.0.0.0", "PORT": "8010"}, "http://localhost:8010"),  # noqa: S104
        ({"HOST": "::"}, "http://localhost:8000"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"HOST": "house.local"}, "http://house.local:8000"),
        ({"PUBLIC_URL": "https://example.org/tickets/"}, "https://example.org/tickets"),
    ],
)
def test_links_lead_to_the_public_url_or_to_where_the_platform_listens(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], leads_to: str
) -> None:
    assert public_url(load(monkeypatch, **variables)) == leads_to
