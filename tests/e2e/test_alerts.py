"""A saved search, from outside: subscribed to, confirmed, answered by a gathered page, and ended by one click."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import pytest

from tests.support.mail_server import Postbox, mail_server
from tests.support.platform import Running, laboring, nocturne, relaying, serving

ADA, BOB = "ada@example.com", "bob@example.com"
SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """Without a worker: it would deliver into its log what the test's own sends by mail."""
    with serving(data_dir, "--no-worker", DEMO="off") as running:
        yield running


def gather(folder: Path, data_dir: Path, *names: str, place: str = "The Copper Kettle") -> None:
    """Scrape a page that tells of these events, in a process of its own."""
    events = [
        {
            "@type": "MusicEvent",
            "name": name,
            "url": f"https://kettle.example/{name.replace(' ', '-')}",
            "startDate": (SOON + timedelta(hours=number)).isoformat(),
            "location": {"@type": "Place", "name": place, "address": {"addressLocality": "Leeds"}},
        }
        for number, name in enumerate(names)
    ]
    told = json.dumps({"@context": "https://schema.org", "@graph": events})
    page = '<title>Gigs</title><link rel="canonical" href="https://kettle.example/gigs">'
    (folder / "web").mkdir(parents=True, exist_ok=True)
    (folder / "web" / "gigs.html").write_text(f'{page}<script type="application/ld+json">{told}</script>')
    done = nocturne("scrape", "--from-dir", str(folder), data_dir=data_dir)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_search_is_told_of_what_is_gathered_until_one_click_ends_it(
    platform: Running, data_dir: Path, tmp_path: Path
) -> None:
    async with aiohttp.ClientSession(platform.url) as client, mail_server(postbox := Postbox()) as server:
        mail = {
            "SMTP_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": "Nocturne <alerts@example.org>",
            "PUBLIC_URL": platform.url,
        }
        for email in (ADA, BOB):
            wish = {"email": email, "query": {"q": "jazz", "city": "leeds"}, "frequency": "instant"}
            assert (await client.post("/api/subscriptions", json=wish)).status == 202
        with laboring(data_dir, **mail), relaying(data_dir, **mail):
            for email in (ADA, BOB):
                token = token_in(await letter(postbox, email, "Confirm your subscription"), "confirm-subscription")
                assert (await client.post("/api/subscriptions/confirm", json={"token": token})).status == 204

            await asyncio.to_thread(gather, tmp_path, data_dir, "Early jazz", "Opera gala")
            first = await letter(postbox, ADA, "New: Early jazz")
            assert "Where: The Copper Kettle, Leeds" in plain(first)
            assert "Opera" not in plain(first)
            assert "https://kettle.example/Early-jazz" in plain(first)

            link = str(first["List-Unsubscribe"]).strip("<>")
            looked_at = await client.get(link)
            assert (looked_at.status, "Unsubscribe me" in await looked_at.text()) == (200, True)
            one_click = str(first["List-Unsubscribe-Post"]).partition("=")
            for _ in range(2):
                assert (await client.post(link, data={one_click[0]: one_click[2]})).status == 204

            await asyncio.to_thread(gather, tmp_path, data_dir, "Early jazz", "Opera gala", "Late jazz", place="Attic")
            assert "Late jazz" in plain(await letter(postbox, BOB, "New: Late jazz"))
            moved = plain(await letter(postbox, BOB, "Changed: Early jazz"))
            assert "Previous place: The Copper Kettle, Leeds" in moved
    told = await everything_told(platform, data_dir)
    assert told[ADA] == ["alert.match", "subscription.to-confirm"]
    assert told[BOB] == ["alert.match", "alert.match", "alert.moved", "subscription.to-confirm"]


async def letter(postbox: Postbox, email: str, subject: str) -> EmailMessage:
    """The letter of this subject to somebody, as soon as it is there."""
    async with asyncio.timeout(60):
        while True:
            for each in postbox.emails:
                if (each["To"], each["Subject"]) == (email, subject):
                    return each
            await asyncio.sleep(0.05)  # the server tells nobody of what it takes


def plain(letter: EmailMessage) -> str:
    text = letter.get_body(("plain",))
    assert text is not None
    return str(text.get_content())


def token_in(letter: EmailMessage, page: str) -> str:
    found = re.search(rf"/{page}\?token=(\S+)", plain(letter))
    assert found is not None
    return found[1]


async def everything_told(platform: Running, data_dir: Path) -> dict[str, list[str]]:
    """The topics of all that was ever left to be sent to each, as an admin sees it."""
    who = {"email": "root@example.com", "password": "correct horse"}
    order = ("create-admin", "--email", who["email"], "--name", "Root", "--password-stdin")
    made = await asyncio.to_thread(nocturne, *order, data_dir=data_dir, stdin=f"{who['password']}\n")
    assert made.returncode == 0, made.stderr
    async with aiohttp.ClientSession(platform.url) as client:
        token = (await (await client.post("/api/auth/login", json=who)).json())["access_token"]
        signed_in = {"Authorization": f"Bearer {token}"}
        page = await (await client.get("/api/admin/notifications?limit=100", headers=signed_in)).json()
    told: dict[str, list[str]] = {}
    for each in page["items"]:
        told.setdefault(each["email"], []).append(each["topic"])
    return {email: sorted(topics) for email, topics in told.items()}
