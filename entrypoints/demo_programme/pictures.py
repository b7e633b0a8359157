"""Pictures for some nights of the demo: painted here, as photos of such nights might look."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from container import Container
from core.catalog.errors import EventNotFound
from core.media.model import Upload
from core.media.ports import Uploads
from core.shared.access import Principal, Role
from core.shared.ids import EventId
from core.shared.jobs import Job

DRAW_DEMO_PICTURES = "draw-demo-pictures"
WIDTH, HEIGHT = 1440, 900

Colour = tuple[int, int, int]
_BLACK: Colour = (0, 0, 0)
_SHADOW: Colour = (9, 7, 14)


@dataclass(frozen=True, slots=True)
class DemoPicture:
    """How a picture is painted, and what it shows, in words."""

    paint: Callable[[Random], Image.Image]
    alt: str


def demo_pictures(events: Mapping[str, EventId]) -> Job:
    """Return the job that paints the pictures of these nights, given by their names."""
    painted = [str(event_id) for name, event_id in events.items() if name in PICTURES]
    return Job(DRAW_DEMO_PICTURES, {"events": ",".join(painted)}, key=DRAW_DEMO_PICTURES)


async def draw_pictures(container: Container, event_id: EventId) -> None:
    """Paint the pictures of a night and add them to it, unless it has some or is deleted."""
    try:
        view = await container.event_views().get(event_id, container.clock().now())
    except EventNotFound:
        return
    organizer = view.event.organizer_id
    if view.images or organizer is None:
        return
    pictures = PICTURES.get(view.event.name, ())
    files = [await asyncio.to_thread(_paint, each, f"{view.event.name} {at}") for at, each in enumerate(pictures)]
    uploads = _Painted(files, [picture.alt for picture in pictures])
    await container.add_images()(event_id, by=Principal(organizer, Role.ORGANIZER), uploads=uploads)


@dataclass(frozen=True, slots=True)
class _Painted(Uploads):
    files: Sequence[Upload]
    alts: Sequence[str]

    async def __aiter__(self) -> AsyncIterator[Upload]:
        for file in self.files:
            yield file

    def alt_of(self, index: int) -> str:
        return self.alts[index]


def _paint(picture: DemoPicture, name: str) -> Upload:
    random = Random(name)  # noqa: S311 - a picture is no secret
    grain = Image.effect_noise((WIDTH, HEIGHT), 22).convert("RGB")
    painted = Image.blend(picture.paint(random), grain, 0.05)
    file = io.BytesIO()
    painted.save(file, "JPEG", quality=88)
    return Upload(f"{name}.jpg", file.getvalue())


def _sky(top: Colour, bottom: Colour) -> Image.Image:
    mask = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    return Image.composite(Image.new("RGB", (WIDTH, HEIGHT), bottom), Image.new("RGB", (WIDTH, HEIGHT), top), mask)


def _with_light(picture: Image.Image, draw: Callable[[ImageDraw.ImageDraw], None], blur: float) -> Image.Image:
    """Add light to a picture: what `draw` paints on black, out of focus."""
    half = Image.new("RGB", (WIDTH // 2, HEIGHT // 2), _BLACK)
    draw(ImageDraw.Draw(half))
    glow = half.filter(ImageFilter.GaussianBlur(blur / 2)).resize(picture.size, Image.Resampling.BILINEAR)
    return ImageChops.screen(picture, glow)


def _with_crowd(picture: Image.Image, random: Random, top: int, size: int, hands: float = 0) -> Image.Image:
    """Put people in front of a picture, seen from behind and out of focus. This share of them raises a hand."""
    mask = Image.new("L", picture.size, 0)
    draw = ImageDraw.Draw(mask)
    x = -size
    while x < WIDTH + size:
        y, head = top + random.randint(-size // 3, size // 3), size * random.uniform(0.85, 1.1)
        draw.ellipse((x - head / 2, y - head / 2, x + head / 2, y + head * 0.7), fill=255)
        draw.rounded_rectangle((x - head * 1.1, y + head * 0.75, x + head * 1.1, HEIGHT + 50), head * 0.7, fill=255)
        if random.random() < hands:
            side = random.choice((-1, 1))
            elbow, hand = (x + side * head * 1.15, y), (x + side * head * 0.95, y - head * 1.2)
            draw.line(((x + side * head * 0.7, y + head), elbow, hand), fill=255, width=int(head / 4), joint="curve")
            draw.ellipse((hand[0] - head / 6, hand[1] - head / 4, hand[0] + head / 6, hand[1] + head / 8), fill=255)
        x += int(size * random.uniform(1.3, 2.1))
    shadow = Image.new("RGB", picture.size, _SHADOW)
    return Image.composite(shadow, picture, mask.filter(ImageFilter.GaussianBlur(size / 14)))


def _beams(random: Random) -> Image.Image:
    """Light falls from above through haze, onto a stage behind a crowd."""

    def beams(draw: ImageDraw.ImageDraw) -> None:
        for colour in ((70, 40, 190), (190, 30, 120), (30, 90, 190), (220, 120, 40), (90, 40, 170)):
            x, aim = random.randint(40, WIDTH // 2 - 40), random.randint(60, WIDTH // 2 - 60)
            draw.polygon([(x - 4, 0), (x + 4, 0), (aim + 110, HEIGHT // 2), (aim - 110, HEIGHT // 2)], fill=colour)

    def lamps(draw: ImageDraw.ImageDraw) -> None:
        for x in range(60, WIDTH // 2, 90):
            draw.ellipse((x - 7, 14, x + 7, 28), fill=(255, 244, 214))

    lit = _with_light(_sky((16, 10, 34), (58, 22, 66)), beams, 46)
    return _with_crowd(_with_light(lit, lamps, 9), random, 700, 64, hands=0.25)


def _string_lights(random: Random) -> Image.Image:
    """Warm lights out of focus above a small room."""

    def bulbs(draw: ImageDraw.ImageDraw) -> None:
        for _ in range(70):
            x, y, size = random.randint(0, WIDTH // 2), random.randint(0, HEIGHT // 3), random.randint(6, 26)
            warm = random.randint(90, 200)
            draw.ellipse((x - size, y - size, x + size, y + size), fill=(warm, int(warm * 0.62), int(warm * 0.22)))

    def lamp(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((250, 210, 480, 420), fill=(150, 76, 34))

    room = _with_light(_sky((30, 14, 12), (84, 40, 24)), lamp, 90)
    return _with_crowd(_with_light(room, bulbs, 7), random, 640, 96)


def _screen(random: Random) -> Image.Image:
    """A bright screen in a dark hall, and the heads of those who watch."""

    def light(draw: ImageDraw.ImageDraw) -> None:
        draw.polygon([(180, 70), (540, 70), (640, HEIGHT // 2), (80, HEIGHT // 2)], fill=(44, 52, 74))

    hall = _with_light(_sky((10, 10, 16), (20, 18, 28)), light, 60)
    film = _sunset(random).resize((720, 405))
    hall.paste(film.filter(ImageFilter.GaussianBlur(1.4)), (360, 120))
    rows = _with_crowd(hall, random, 640, 44)
    return _with_crowd(rows, random, 770, 74)


def _sunset(random: Random) -> Image.Image:
    """The sun sets over a wide river, behind the hills of a town."""
    water = int(HEIGHT * 0.62)

    def sun(draw: ImageDraw.ImageDraw) -> None:
        draw.ellipse((440, 190, 540, 290), fill=(255, 196, 110))

    picture = _with_light(_sky((58, 44, 110), (246, 142, 82)), sun, 26)
    draw = ImageDraw.Draw(picture)
    hills = [(0, water), *((x, water - random.randint(20, 120)) for x in range(0, WIDTH + 120, 60)), (WIDTH, water)]
    draw.polygon(hills, fill=(52, 32, 66))
    below = _sky((150, 84, 96), (38, 26, 70)).crop((0, 0, WIDTH, HEIGHT - water))
    picture.paste(below, (0, water))
    for _ in range(130):
        y = random.randint(water + 4, HEIGHT)
        reach = 40 + (y - water) // 2
        x = 980 + random.randint(-reach, reach)
        draw.line((x, y, x + random.randint(20, 90), y), fill=(255, 190, 130), width=random.choice((1, 2, 3)))
    return picture.filter(ImageFilter.GaussianBlur(1.1))


PICTURES: Mapping[str, Sequence[DemoPicture]] = {
    "Open Stage at the Kellerbühne": (
        DemoPicture(_string_lights, "People in a cellar under warm lights, seen from the back of the room"),
        DemoPicture(_beams, "The stage in coloured light, above the heads of the audience"),
    ),
    "Night of the Short Film": (DemoPicture(_screen, "Rows of people in front of a bright cinema screen"),),
    "Fado at Sunset": (DemoPicture(_sunset, "The sun sets over a wide river behind the hills of a town"),),
}
"""The pictures of nights, by their names."""
