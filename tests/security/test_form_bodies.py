"""Forms as no browser sends them: each is read in little time, and none is an error of the server."""

from __future__ import annotations

import pytest
from aiohttp import ClientResponse

from adapters.http.shared.forms import MAX_FIELDS, MAX_PARTS, MAX_TEXT_BYTES
from tests.support.api_client import UNKNOWN_ID, Api

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="email"\r\n\r\n%s\r\n'
END = b"--B--\r\n"


async def send(api: Api, content_type: str, body: bytes, path: str = "/sign-in") -> ClientResponse:
    headers = {"Content-Type": content_type, "Sec-Fetch-Site": "same-origin"}
    return await api.client.post(path, data=body, headers=headers)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(URLENCODED, b"email=&" * (MAX_FIELDS + 1)), (MULTIPART, PART % b"" * (MAX_PARTS + 1) + END)],
)
async def test_a_form_has_a_limited_number_of_fields(api: Api, content_type: str, body: bytes) -> None:
    assert (await send(api, content_type, body)).status == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, b"email=" + b"%FF" * (MAX_TEXT_BYTES // 3)),
        (MULTIPART, PART % bytes(MAX_TEXT_BYTES // 2) + PART % bytes(MAX_TEXT_BYTES // 2 + 1) + END),
    ],
)
async def test_a_form_that_may_have_large_files_may_not_have_large_texts(
    api: Api, content_type: str, body: bytes
) -> None:
    answer = await send(api, content_type, body, f"/desk/events/{UNKNOWN_ID}/images")
    assert (answer.status, len(await answer.read()) < 10_000) == (413, True)


FILE = b'--B\r\nContent-Disposition: form-data; name="image-1"; filename="a"\r\n\r\n%s\r\n'


@pytest.mark.parametrize(
    ("file", "has_file"), [(bytes(3 * MAX_TEXT_BYTES), True), (b"x", True), (b"\r\n--A", True), (b"", False)]
)
async def test_who_has_not_signed_in_keeps_the_texts_beside_a_file(api: Api, file: bytes, has_file: bool) -> None:
    body = FILE % file + PART % b"ada" + FILE % b"" + END
    answer = await send(api, MULTIPART, body, f"/desk/events/{UNKNOWN_ID}/images")
    page = await answer.text()
    assert (answer.status, 'name="email" value="ada"' in page) == (401, True)
    assert ("You will have to choose the file again" in page) is has_file


@pytest.mark.parametrize("body", [b"", END, b"--B\r\n", FILE % b"x", PART % b"ada" + FILE % b"", b"\r\n" * 99_999])
async def test_a_form_that_breaks_off_is_no_error_of_the_server(api: Api, body: bytes) -> None:
    answer = await send(api, MULTIPART, body, f"/desk/events/{UNKNOWN_ID}/images")
    assert answer.status == (401 if body == END else 400)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, b"email=a%00b"),
        (MULTIPART, PART % b"a\0b" + END),
        (MULTIPART, b"before\r\n" + PART % b"a\0b" + b"--B\r\n\r\nno name\r\n" + END + b"after"),
        ('multipart/form-data; boundary="B"', PART % b"a\0b" + END),
    ],
)
async def test_a_nul_is_shown_as_the_sign_that_browsers_show_for_it(api: Api, content_type: str, body: bytes) -> None:
    answer = await send(api, content_type, body)
    assert (answer.status, 'name="email" value="a\N{REPLACEMENT CHARACTER}b"' in await answer.text()) == (403, True)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"email=ada"),
        ("application/json", b'{"email": "ada"}'),
        ("multipart/form-data", PART % b"ada"),
        ("multipart/form-data; boundary=", PART % b"ada"),
        ("multipart/form-data; boundary=C", PART % b"ada"),
        (MULTIPART, b'--B\r\nContent-Disposition: form-data; filename="email"\r\n\r\nada\r\n' + END),
        (MULTIPART, b"--B\r\nContent-Disposition: form-data; name*=none''email%FF\r\n\r\nada\r\n" + END),
        (MULTIPART, b"--B\r\nContent-Disposition: \xff\r\nContent-Length: -1\r\n\r\nada\r\n" + END),
        (MULTIPART, b'--B\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' + b"x" * 99 + b"\r\n" + END),
        (MULTIPART, b"--B\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n--D\r\n\r\nada\r\n--D--\r\n" + END),
        (MULTIPART, b"\r\n" * 9999),
        (MULTIPART, b'--B\r\nContent-Disposition: form-data; name="email"' + b";" * 20 + b"\r\n\r\nada\r\n" + END),
    ],
)
async def test_a_body_that_is_no_form_has_no_email(api: Api, content_type: str, body: bytes) -> None:
    answer = await send(api, content_type, body)
    assert (answer.status, 'name="email"' in await answer.text()) == (403, False)
