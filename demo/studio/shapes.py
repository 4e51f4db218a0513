"""The outlines in the demo's film: ridges, bridge, ferry, reeds, people. Pure geometry, see `scene`.

Lengths are in widths of the picture (x) and heights (y), 0 at the top left. A shape is its corners; the
pair (shape, value) is painted with `value` instead of 255, 0 cutting a hole.
"""

from __future__ import annotations

import math

import numpy as np

Points = list[tuple[float, float]]
Shape = Points | tuple[Points, int]

HORIZON = 0.66  # where the river begins
DECK = 0.60  # the bridge's roadway, at the banks; it rises a little towards the middle
ARCHES = 7
LAMPS = tuple((i + 0.5) / 9 for i in range(9))


def ridge(random: np.random.Generator, base: float, rise: float) -> Points:
    """A skyline by midpoint displacement, closed along the water."""
    line = np.array(
        [random.uniform(0.2, 0.6), random.uniform(0.7, 1.0), random.uniform(0.2, 0.7), random.uniform(0.4, 0.9)]
    )
    rough = 0.36
    for _ in range(6):
        middle = (line[:-1] + line[1:]) / 2 + random.uniform(-rough, rough, len(line) - 1)
        line = np.insert(line, np.arange(1, len(line)), middle)
        rough *= 0.52
    across = np.linspace(0, 1, len(line))
    return [*zip(across.tolist(), (base - rise * line).tolist(), strict=True), (1, HORIZON), (0, HORIZON)]


def deck(x: float) -> float:
    return DECK - 0.022 * (1 - (2 * x - 1) ** 2)


def bridge() -> list[Shape]:
    across = np.linspace(0, 1, 80)
    foot = HORIZON + 0.035
    shapes: list[Shape] = [[(x, deck(x)) for x in across] + [(1, foot), (0, foot)]]
    for i in range(ARCHES):
        left, right = (i + 0.11) / ARCHES, (i + 0.89) / ARCHES
        middle, half = (left + right) / 2, (right - left) / 2
        crown = deck(middle) + 0.022
        turn = np.linspace(np.pi, 0, 32)
        bow = [(middle + half * float(np.cos(a)), foot - (foot - crown) * float(np.sin(a)) ** 0.8) for a in turn]
        shapes.append(([*bow, (right, foot + 0.01), (left, foot + 0.01)], 0))
        # Each pier ends in a cutwater, pointed against the stream.
        pier = (i + 1) / ARCHES
        shapes.append([(pier - 0.019, foot), (pier - 0.012, DECK), (pier + 0.012, DECK), (pier + 0.019, foot)])
    rail = 0.016
    shapes += [
        [
            (x, deck(x) - rail),
            (x + 0.0125, deck(x + 0.0125) - rail),
            (x + 0.0125, deck(x + 0.0125) - rail + 0.004),
            (x, deck(x) - rail + 0.004),
        ]
        for x in across[:-1]
    ]
    shapes += [
        [(x - 0.0011, deck(x) - rail), (x + 0.0011, deck(x) - rail), (x + 0.0011, deck(x)), (x - 0.0011, deck(x))]
        for x in across[::2]
    ]
    for x in LAMPS:
        shapes.append(
            [
                (x - 0.0014, deck(x) - 0.05),
                (x + 0.0014, deck(x) - 0.05),
                (x + 0.0018, deck(x)),
                (x - 0.0018, deck(x)),
            ]
        )
        shapes.append([(x - 0.005, deck(x) - 0.050), (x, deck(x) - 0.058), (x + 0.005, deck(x) - 0.050)])
    return shapes


def bank(random: np.random.Generator) -> list[Shape]:
    """The near bank, with reeds, at the left; the controls' pill stands over it."""
    across = np.linspace(-0.02, 0.46, 40)

    def edge(x: float) -> float:
        return 0.90 + 0.13 * math.pow(max(0.0, x), 1.4) / 0.33 + 0.004 * math.sin(x * 50)

    shapes: list[Shape] = [[(x, edge(x)) for x in across] + [(0.46, 1.1), (-0.02, 1.1)]]
    for _ in range(70):
        x = float(random.uniform(-0.01, 0.30)) ** 1.0
        tall, lean = float(random.uniform(0.05, 0.16)) * (1 - max(x, 0) * 2.2), float(random.uniform(-0.008, 0.016))
        foot = edge(x) + 0.02
        shapes.append([(x - 0.0016, foot), (x + lean, foot - tall), (x + 0.0016, foot)])
    return shapes


def ferry() -> list[Shape]:
    """The green ferry, tied up at the right."""
    x, y = 0.80, 0.885
    hull: Points = [
        (x, y),
        (x + 0.155, y),
        (x + 0.148, y + 0.030),
        (x + 0.135, y + 0.046),
        (x + 0.018, y + 0.046),
        (x + 0.006, y + 0.028),
    ]
    cabin: Points = [(x + 0.045, y), (x + 0.048, y - 0.052), (x + 0.118, y - 0.052), (x + 0.121, y)]
    roof: Points = [(x + 0.040, y - 0.060), (x + 0.126, y - 0.060), (x + 0.124, y - 0.051), (x + 0.042, y - 0.051)]
    mast: Points = [(x + 0.082, y - 0.12), (x + 0.0845, y - 0.12), (x + 0.0855, y - 0.05), (x + 0.081, y - 0.05)]
    panes: list[Shape] = [
        ([(x + a, y - 0.042), (x + a + 0.014, y - 0.042), (x + a + 0.014, y - 0.018), (x + a, y - 0.018)], 90)
        for a in (0.054, 0.076, 0.098)
    ]
    post: Points = [(0.972, 0.83), (0.979, 0.83), (0.980, 1.02), (0.971, 1.02)]
    rope: Points = [(x + 0.152, y + 0.002), (0.963, y + 0.010), (0.975, y - 0.03), (0.963, y + 0.014)]
    return [hull, cabin, roof, mast, *panes, post, rope]


def figure(x: float, foot: float, step: float, tall: float) -> list[Points]:
    """Somebody walking: head, coat, two legs. `step` is the phase of the stride, 0 for standing."""
    swing = 0.0032 * float(np.sin(step))
    head, hip, wide = foot - tall, foot - tall * 0.42, 0.0034
    turn = np.linspace(0, 2 * np.pi, 10)
    return [
        [(x + 0.0026 * float(np.cos(a)), head + 0.0046 * float(np.sin(a))) for a in turn],
        [
            (x - wide * 0.8, head + 0.005),
            (x + wide * 0.8, head + 0.005),
            (x + wide, hip + 0.003),
            (x - wide, hip + 0.003),
        ],
        [(x - 0.002, hip), (x + 0.001, hip), (x + swing + 0.001, foot), (x + swing - 0.001, foot)],
        [(x - 0.001, hip), (x + 0.002, hip), (x - swing + 0.001, foot), (x - swing - 0.001, foot)],
    ]


def dog(x: float, foot: float, step: float) -> list[Points]:
    bob = 0.0008 * float(np.sin(step))
    top = foot - 0.013 + bob
    return [
        [
            (x - 0.005, top),
            (x + 0.004, top),
            (x + 0.007, top - 0.005),
            (x + 0.0085, top - 0.002),
            (x + 0.004, top + 0.006),
            (x - 0.005, top + 0.006),
        ],
        [(x - 0.0048, top), (x - 0.0036, top), (x - 0.0036 + bob, foot), (x - 0.0048 + bob, foot)],
        [(x + 0.0030, top), (x + 0.0042, top), (x + 0.0042 - bob, foot), (x + 0.0030 - bob, foot)],
    ]
