"""The main use from outside: pages are scraped, events are found, places are booked, and every invariant holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.platform import ROOT, Running, nocturne

PAGES = ROOT / "tests" / "scrapers" / "fixtures"


async def test_scrape_search_sign_up_log_in_book_replay_cancel(platform: Running, data_dir: Path) -> None:
    async with aiohttp.ClientSession(platform.url) as client:
        await expect(client, "GET", "/readyz", 200)

        gathered = gather(data_dir)
        assert {run["source"] for run in gathered["runs"]} == {"eventbrite", "dice", "meetup", "web"}
        assert all(run["new"] > 0 and run["failure"] is None for run in gathered["runs"])
        assert all(0 < run["past"] <= run["found"] for run in gathered["runs"])
        again = gather(data_dir)
        assert all((run["new"], run["unchanged"]) == (0, run["found"]) for run in again["runs"])

        gathered_event = next(event for event in gathered["events"] if event["source"] == "dice" and event["price"])
        found = await search(client, gathered_event["name"], origin="dice", include_past="true")
        [listing] = [event for event in found if event["source_url"] == gathered_event["url"]]
        assert (listing["price"], listing["bookable"]) == (gathered_event["price"], False)
        assert listing["sources"][0]["source_id"] == gathered_event["source_id"]

        moved = gather(data_dir, "--move-dates")
        assert {run["past"] for run in moved["runs"]} == {0}
        listed = await search(client, gathered_event["name"], origin="dice")
        assert gathered_event["url"] in [event["source_url"] for event in listed]

        [demo] = await search(client, "midnigt jazz", bookable="true")
        assert demo["name"] == "Midnight Jazz at the Kellerbühne"

        ada = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
        await expect(client, "POST", "/api/auth/signup", 201, json=ada)
        tokens = await expect(
            client, "POST", "/api/auth/login", 200, json={"email": "ADA@example.com", "password": "correct horse"}
        )
        signed_in = {"Authorization": f"Bearer {tokens['access_token']}"}
        keyed = signed_in | {"Idempotency-Key": "first"}

        await expect(client, "POST", f"/api/events/{listing['id']}/book", 409, json={"quantity": 1}, headers=keyed)
        path = f"/api/events/{demo['id']}/book"
        booking = await expect(client, "POST", path, 201, json={"quantity": 2}, headers=keyed)
        assert await expect(client, "POST", path, 201, json={"quantity": 2}, headers=keyed) == booking
        assert await places(client, demo) == (2, demo["capacity"] - 2)

        mine = await expect(client, "GET", "/api/me/bookings", 200, headers=signed_in)
        assert [item["id"] for item in mine["items"]] == [booking["id"]]

        for _ in range(2):
            cancelled = await expect(client, "DELETE", f"/api/bookings/{booking['id']}", 200, headers=signed_in)
            assert cancelled["status"] == "cancelled"
        assert await places(client, demo) == (0, demo["capacity"])

    verified = nocturne("verify", data_dir=data_dir)
    assert (verified.returncode, verified.stdout) == (
        0,
        f"Every invariant holds, in the embedded database in {data_dir}.\n",
    )


def gather(data_dir: Path, *options: str) -> dict[str, Any]:
    """Scrape the saved pages in a separate process while the platform is running."""
    result = data_dir / "found.json"
    done = nocturne("scrape", "--from-dir", str(PAGES), "--json", str(result), *options, data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    assert f"Stored in the embedded database in {data_dir}." in done.stderr
    assert ("events are over" in done.stderr) == ("--move-dates" not in options)
    gathered: dict[str, Any] = json.loads(result.read_text())
    return gathered


async def test_a_scrape_that_failed_does_not_claim_to_have_stored_anything(
    platform: Running, data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "page.html").write_text("<p>No events here.</p>")
    done = nocturne("scrape", "--from-dir", str(tmp_path), data_dir=data_dir)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing stored" in done.stderr
    assert "Stored in" not in done.stderr


async def expect(client: aiohttp.ClientSession, method: str, path: str, status: int, **options: Any) -> Any:
    async with client.request(method, path, **options) as answer:
        body = await answer.json(content_type=None)
        assert answer.status == status, body
        return body


async def search(client: aiohttp.ClientSession, text: str, **query: str) -> list[dict[str, Any]]:
    page = await expect(client, "GET", "/api/events", 200, params={"q": text, **query})
    events: list[dict[str, Any]] = page["items"]
    return events


async def places(client: aiohttp.ClientSession, event: dict[str, Any]) -> tuple[int, int]:
    shown = await expect(client, "GET", f"/api/events/{event['id']}", 200)
    return shown["booked_count"], shown["available"]
