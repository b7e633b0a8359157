"""Attendee lists for spreadsheets."""

from __future__ import annotations

import csv
import io

import pytest

from adapters.http.pages.desk.attendee_rows import HEADER, rows_of
from adapters.http.shared.spreadsheets import csv_row
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter
from core.booking.reading import ListEventBookings
from core.shared.paging import PageRequest
from tests.support.box_office import ADMIN, box_office
from tests.support.stores import memory_store


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://evil.example","Click")',
        "+1",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1+1",
        "\N{FULLWIDTH EQUALS SIGN}1+1",
        "\N{FULLWIDTH COMMERCIAL AT}x",
    ],
)
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    [[read]] = csv.reader(io.StringIO(csv_row([cell]), newline=""))
    assert read == f"'{cell}"


def test_other_texts_and_numbers_stay_as_they_are_whatever_signs_are_in_them() -> None:
    cells = ["Ada", 'say "hi"', "a,b", "a=b", "", -3, "two\nlines", "ümläut"]
    [read] = csv.reader(io.StringIO(csv_row(cells), newline=""))
    assert read == [str(cell) for cell in cells]


async def test_there_is_a_row_for_each_ticket_and_for_each_booking_without_one() -> None:
    office = box_office(memory_store())
    event_id = await office.open(capacity=3)
    ada, bob = await office.people(2)
    await office.generate_seats(event_id, by=ADMIN, per_row=3)
    [first, _] = (await office.book(event_id, ada, 2)).tickets
    await office.check_in(event_id, by=ADMIN, code=first.code)
    await office.book(event_id, bob, 2)
    listing = ListEventBookings(office.store.booking, office.store.clock)
    found = (await listing(event_id, BookingFilter(), PageRequest(), by=ADMIN)).items
    rows = [dict(zip(HEADER, row, strict=True)) for view in found for row in rows_of(view)]
    assert [(row["Status"], row["Places"], row["Seat"], row["Ticket"], row["Place in line"]) for row in rows] == [
        (BookingStatus.WAITLISTED, 2, "", "", 1),
        (BookingStatus.CONFIRMED, 1, "A-1", "used", ""),
        (BookingStatus.CONFIRMED, 1, "A-2", "valid", ""),
    ]
    assert [row["Checked in"] for row in rows] == ["", "2026-11-20 13:00:00", ""]
    assert rows[1]["Code"] == first.code
