"""Paints the demo's film: first light on a river crossing, from the last lamp to the first person over.

Part of `make_media`. Everything is drawn from numbers, so the same frame comes out on every machine, at
any size: lengths below are in widths of the picture (x) and heights (y), 0 at the top left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from . import shapes

Plane = NDArray[np.float32]
SEED = 21
SUN = (0.745, 0.300)  # where it stands at the end

# Colour against distance from the sun, at night's end and at the end of the film.
_STOPS = np.array([0.0, 0.2, 0.45, 0.75, 1.05], np.float32)
_NIGHT = np.array([[150, 92, 98], [108, 66, 92], [60, 48, 80], [28, 30, 54], [14, 16, 34]], np.float32)
_DAY = np.array([[252, 206, 146], [233, 153, 98], [173, 96, 92], [88, 66, 98], [44, 46, 78]], np.float32)


def _sun_height(through: float) -> float:
    return SUN[1] + 0.42 * (1 - _ease(through, 0.0, 1.0))


def _ease(x: float, low: float, high: float) -> float:
    x = min(1.0, max(0.0, (x - low) / (high - low)))
    return x * x * (3 - 2 * x)


class Scene:
    """A painter for one size of picture.

    `lamps_out`, `opens`: seconds at which the lamps begin to go out and the first person sets out.
    """

    def __init__(self, width: int, height: int, *, duration: float, lamps_out: float, opens: float) -> None:
        self.width, self.height, self.duration = width, height, duration
        self.lamps_out, self.opens = lamps_out, opens
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        self._x, self._y = x / width, y / height
        # Noise has as many numbers as the picture has pixels; outlines have their own, the same at every size.
        self._dither = np.random.default_rng(1).uniform(-1.2, 1.2, (height, width, 1)).astype(np.float32)
        random = np.random.default_rng(SEED)
        self._clouds = _streaks(random, width * 2, height)
        self._ridges = [
            (self._mask(shapes.ridge(random, base, rise)), colour, haze)
            for base, rise, colour, haze in (
                (0.56, 0.14, (92, 62, 88), 0.62),
                (0.60, 0.16, (50, 40, 68), 0.34),
                (0.655, 0.10, (27, 26, 46), 0.14),
            )
        ]
        self._bridge = self._mask(*shapes.bridge())
        self._open_sky = np.where(self._y < shapes.HORIZON, 1, 0)[..., None] * (1 - self._bridge)
        for mask, _, _ in self._ridges:
            self._open_sky = self._open_sky * (1 - mask)
        self._front = self._mask(*shapes.bank(random), *shapes.ferry())
        self._water = round(shapes.HORIZON * height)

    def frame(self, t: float) -> NDArray[np.uint8]:
        """The picture at `t` seconds, RGB."""
        through = t / self.duration
        dawn = _ease(through, 0.05, 0.95)
        sky = self._sky(through, dawn)
        picture = sky.copy()
        horizon_colour = sky[self._water - 1].mean(axis=0)
        for mask, colour, haze in self._ridges:
            paint = np.asarray(colour, np.float32) * (0.55 + 0.6 * dawn) * (1 - haze) + horizon_colour * haze
            picture += (paint - picture) * mask
        dark = np.array([15, 16, 30], np.float32) * (0.75 + 0.6 * dawn)
        picture += (dark - picture) * self._bridge
        self._lamps(picture, t)
        people = self._people(t)
        picture += (dark * 0.8 - picture) * people
        np.clip(picture, 0, 255, out=picture)  # or the river would mirror light that the sky cannot show
        self._river(picture, t, dawn)
        self._sun(picture, through, dawn)  # last of the light: only its path is mirrored
        picture += (dark * 0.62 - picture) * self._front
        birds = self._birds(t)
        if birds is not None:
            picture += (dark - picture) * birds * 0.8
        return np.asarray(np.clip(picture + self._dither, 0, 255), np.uint8)

    def _sky(self, through: float, dawn: float) -> Plane:
        sun_y = _sun_height(through)
        reach = np.hypot((self._x - SUN[0]) / 1.05, (self._y - sun_y) / 0.92)
        colours = _NIGHT + (_DAY - _NIGHT) * dawn
        sky = np.stack([np.interp(reach, _STOPS, colours[:, i]) for i in range(3)], axis=-1).astype(np.float32)
        shift = round(self.width * 0.10 * through)
        cloud = self._clouds[:, shift : shift + self.width, None]
        lit = colours[0] * 1.06 + np.array([10, 2, 6], np.float32)
        sky += (lit - sky) * cloud * (0.12 + 0.40 * dawn) * np.clip(1.25 - reach, 0, 1)[..., None]
        # The disc, in pixels that are square, and the light around it.
        far = np.hypot((self._x - SUN[0]) * self.width / self.height, self._y - sun_y)
        glow = np.exp(-far / 0.16) * (0.10 + 0.38 * dawn)
        sky += glow[..., None] * np.array([120, 84, 40], np.float32)
        return sky

    def _sun(self, picture: Plane, through: float, dawn: float) -> None:
        far = np.hypot((self._x - SUN[0]) * self.width / self.height, self._y - _sun_height(through))
        disc = np.clip((0.052 - far) * self.height / 1.5 + 0.5, 0, 1)[..., None] * dawn
        picture += (np.array([255, 240, 206], np.float32) - picture) * disc * self._open_sky

    def _river(self, picture: Plane, t: float, dawn: float) -> None:
        """Mirrors what stands above the water into it, broken by slow ripples, darker with depth."""
        top, depth = self._water, self.height - self._water
        below = np.arange(depth, dtype=np.float32)
        near = below / depth
        ripple = np.sin(below * 40 / depth + t * 0.9) * 0.6 + np.sin(below * 17 / depth - t * 0.5)
        rows = top - 1 - below * 1.5 + ripple * near * self.height * 0.012
        rows = np.clip(rows, 0, top - 1).astype(int)
        across = np.sin(below * 61 / depth + t * 1.3) * near * self.width * 0.006
        columns = np.clip(np.arange(self.width)[None, :] + across[:, None].astype(int), 0, self.width - 1)
        water = picture[rows[:, None], columns] * (0.74 - 0.30 * near)[:, None, None]
        water = water * np.array([1, 0.88, 0.84], np.float32) + np.array([4, 6, 16], np.float32)
        # The sun's path: short strokes that come and go, narrow far off and wide close by.
        x = self._x[top:]
        path = np.exp(-(((x - SUN[0]) / (0.035 + 0.13 * near[:, None])) ** 2))
        deep = np.sqrt(near + 0.02)[:, None]  # waves crowd together towards the far bank
        stroke = np.sin(deep * 130 + t * 1.1 + 1.4 * np.sin(x * 9 / deep + t * 0.3))
        breaks = np.sin(x * 34 / deep + deep * 70 - t * 0.8) * np.sin(x * 19 / deep - deep * 47 + t * 0.5)
        light = (
            path * np.clip(stroke, 0, 1) ** 2 * np.clip(breaks + 0.45, 0, 1) * (0.85 - 0.5 * near[:, None]) * dawn**1.5
        )
        water += light[..., None] * np.array([255, 190, 120], np.float32) * 0.8
        picture[top:] = np.where(self._bridge[top:] > 0.5, picture[top:], water)

    def _lamps(self, picture: Plane, t: float) -> None:
        for i, at in enumerate(shapes.LAMPS):
            on = 1 - _ease(t, self.lamps_out + i * 0.55, self.lamps_out + i * 0.55 + 0.5)
            if on <= 0:
                continue
            far = np.hypot((self._x - at) * self.width / self.height, self._y - (shapes.deck(at) - 0.052))
            glow = np.exp(-far / 0.016) * 1.1 + np.exp(-far / 0.07) * 0.28
            picture += (glow * on)[..., None] * np.array([255, 196, 116], np.float32)

    def _people(self, t: float) -> Plane:
        """Whoever is on the bridge: they set out one by one, and stop halfway for a while."""
        figures: list[shapes.Shape] = []
        for i in range(16):
            since = t - self.opens - i * 1.15 - (i % 3) * 0.4
            if since <= 0:
                continue
            pace = 0.040 + 0.007 * (i * 7 % 5)
            stop = 0.40 + 0.018 * (i * 5 % 13)
            x = since * pace - 0.02
            if x > stop and i:  # the first has somewhere to be
                x = max(stop, x - pace * 14)
            if -0.02 < x < 1.02:
                figures += shapes.figure(
                    x, shapes.deck(x), 0 if i and x == stop else since * 7 + i, 0.030 + 0.003 * (i % 3)
                )
                if i == 0:
                    figures += shapes.dog(x + 0.014, shapes.deck(x + 0.014), since * 9)
        return self._mask(*figures) if figures else np.zeros((self.height, self.width, 1), np.float32)

    def _birds(self, t: float) -> Plane | None:
        wings: list[shapes.Shape] = []
        for i in range(4):
            x = -0.06 + (t - 1.5 - i * 1.7) * 0.034
            if not -0.05 < x < 1.05:
                continue
            y = 0.30 - 0.05 * x + 0.03 * (i % 2) + 0.006 * np.sin(t + i)
            lift = 0.016 * np.sin(t * 5.5 + i * 1.3)
            wings.append([(x - 0.016, y - lift), (x - 0.004, y - 0.002), (x + 0.012, y - lift), (x + 0.002, y + 0.006)])
        return self._mask(*wings) if wings else None

    def _mask(self, *outlines: shapes.Shape) -> Plane:
        """How much of each pixel the shapes cover. A pair (shape, 0) cuts a hole."""
        over = 3
        sheet = Image.new("L", (self.width * over, self.height * over))
        draw = ImageDraw.Draw(sheet)
        for shape in outlines:
            points, value = shape if isinstance(shape, tuple) else (shape, 255)
            draw.polygon([(x * self.width * over, y * self.height * over) for x, y in points], fill=value)
        small = sheet.resize((self.width, self.height), Image.Resampling.BOX)
        return np.asarray(small, np.float32)[..., None] / np.float32(255)


def _streaks(random: np.random.Generator, width: int, height: int) -> Plane:
    """Long thin clouds, more of them high up."""
    total = np.zeros((height, width), np.float32)
    for columns, rows, weight in ((5, 14, 0.55), (11, 30, 0.3), (24, 60, 0.15)):
        noise = Image.fromarray((random.random((rows, columns)) * 255).astype(np.uint8))
        total += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC), np.float32) / 255 * weight
    height_fade = np.clip(1.15 - np.linspace(0, 1, height, dtype=np.float32) / shapes.HORIZON, 0, 1)[:, None]
    return np.asarray(np.clip((total - 0.50) * 3.4, 0, 1) * height_fade, np.float32)


def stamp(picture: NDArray[np.uint8], text: str, at: tuple[int, int], *, size: int) -> None:
    """Burns `text` in at `at` (left, top in pixels), each character in a cell of its own so that nothing shakes."""
    font = ImageFont.load_default(size)
    cell, gap = size * 0.60, size * 0.34
    wide = sum(cell if c.isdigit() else gap for c in text)
    sheet = Image.new("L", (round(wide + size * 0.9), round(size * 1.5)))
    draw = ImageDraw.Draw(sheet)
    x = size * 0.45
    for character in text:
        step = cell if character.isdigit() else gap
        draw.text((x + step / 2, size * 1.13), character, fill=255, font=font, anchor="ms")
        x += step
    letters = (np.asarray(sheet, np.float32) / 255)[..., None]
    left, top = at
    box = picture[top : top + sheet.height, left : left + sheet.width].astype(np.float32)
    box *= 0.52
    box += (244 - box) * letters
    picture[top : top + sheet.height, left : left + sheet.width] = box.astype(np.uint8)


def timecode(seconds: float, rate: int) -> str:
    """h:mm:ss.ff, the last field counting frames."""
    frames = round(seconds * rate)
    whole = frames // rate
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{frames % rate:02}"


def contact_sheet(scene: Scene, times: Sequence[float]) -> Image.Image:
    """Frames under each other, to look at while painting."""
    return Image.fromarray(np.concatenate([scene.frame(t) for t in times]))
