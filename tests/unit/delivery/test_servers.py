"""Parsing of a mail server and a sender."""

from __future__ import annotations

from email.headerregistry import Address

import pytest

from adapters.delivery.email.servers import Server, parse_sender, parse_server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", Server("mail.example", 587)),
        ("smtp://mail.example:25/", Server("mail.example", 25)),
        ("smtps://mail.example", Server("mail.example", 465, tls=True)),
        ("SMTP://[::1]:2525", Server("::1", 2525)),
        ("smtps://ada:word@mail.example:466", Server("mail.example", 466, True, "ada", "word")),
        ("smtp://ada%40x.example:a%2Fb%3Ac%23%C3%BC@mail", Server("mail", 587, False, "ada@x.example", "a/b:c#ü")),
        ("smtp://ada@x.example:word@mail", Server("mail", 587, False, "ada@x.example", "word")),
    ],
)
def test_a_server_is_parsed_from_its_url(url: str, server: Server) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "mail.example:587",
        "http://mail.example",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example:0",
        "smtp://mail.example:mail",
        "smtp://mail.example:65536",
        "smtp://mail.example/inbox",
        "smtp://mail.example?tls=1",
        "smtp://ada@mail.example",
        "smtp://:pa55word@mail.example",
        "smtp://ada:pa55word#1@mail.example",
        "smtp://ada:1#pa55word@mail.example",
        "smtp://ada:1/pa55word@mail.example",
        "smtp://ada:pa55word%FF@mail.example",
        "smtp://ada:pa55word@[::1",
        "smtp://ada:pa55word@mail..example",
        f"smtp://ada:pa55word@{'x' * 64}.example",
    ],
)
def test_an_invalid_server_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"^should be like smtp://user:password@host:587") as refused:
        parse_server(url)
    assert "pa55word" not in str(refused.value)


def test_the_password_is_not_in_the_repr() -> None:
    assert "pa55word" not in repr(parse_server("smtp://ada:pa55word@mail.example"))


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("tickets@example.org", Address("", "tickets", "example.org")),
        ("Nocturne <tickets@example.org>", Address("Nocturne", "tickets", "example.org")),
        ('"Nöcturne, the house" <tickets@example.org>', Address("Nöcturne, the house", "tickets", "example.org")),
        ("Nocturne <tickets@exämple.org>", Address("Nocturne", "tickets", "xn--exmple-cua.org")),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text: str, sender: Address) -> None:
    assert parse_sender(text) == sender


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "Nocturne",
        "tickets@localhost",
        "tickets@example.org, eve@example.org",
        "Nocturne, the house <tickets@example.org>",
        "Nocturne <tickets@example.org> and more",
        "tïckets@example.org",
        "tickets@example.org\r\nBcc: eve@example.org",
        "Nocturne\n <tickets@example.org>",
        "events: tickets@example.org;",
    ],
)
def test_an_invalid_sender_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^should be an address, such as tickets@example\.org"):
        parse_sender(text)
