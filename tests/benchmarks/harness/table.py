"""Rounds become figures, figures become a table: median, spread, ratio to native, target, verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isinf
from statistics import median

from .measures import Measure, Row, Value

Samples = dict[str, list[Value]]  # contestant -> one value a round


@dataclass(frozen=True, slots=True)
class Line:
    """One row for one kind of media, over all contestants, with what every round gave."""

    measure: str
    row: Row
    kind: str
    samples: Samples

    def numbers(self, name: str) -> list[float]:
        return [value for value in self.samples.get(name, []) if isinstance(value, int | float)]

    def figure(self, name: str) -> Value:
        """The contestant's one figure; text that stands where a number could not be had goes first."""
        words = [value for value in self.samples.get(name, []) if isinstance(value, str)]
        if words:
            return Counter(words).most_common(1)[0][0]
        numbers = self.numbers(name)
        if not numbers:
            return None
        return {"median": median, "max": max, "sum": sum}[self.row.gather](numbers)  # type: ignore[operator, no-any-return]

    def spread(self, name: str) -> float:
        numbers = self.numbers(name)
        return (max(numbers) - min(numbers)) / 2 if len(numbers) > 1 else 0.0

    def beside_native(self, name: str, over: str) -> float | None:
        """The median over rounds of the `ratio` to native, or of how much `more` it is."""
        pairs = [
            (mine, native)
            for mine, native in zip(self.samples.get(name, []), self.samples.get("native", []), strict=False)
            if isinstance(mine, int | float) and isinstance(native, int | float) and (native or over == "more")
        ]
        if not pairs:
            return None
        return median(mine / native if over == "ratio" else mine - native for mine, native in pairs)

    def judged(self, name: str) -> Value:
        return self.figure(name) if self.row.over == "value" else self.beside_native(name, self.row.over)

    def verdict(self, names: Sequence[str]) -> str:
        """`pass`, `MISS` or nothing, over all the variants of our own that were measured."""
        if self.row.limit is None:
            return ""
        judged = [self.judged(name) for name in names if self.samples.get(name)]
        if not judged or all(value is None for value in judged):
            return "not measured" if names else ""
        digits = max(self.row.digits, 2 if self.row.over == "ratio" else 0)
        good = all(isinstance(value, int | float) and round(value, digits) <= self.row.limit for value in judged)
        return "pass" if good else "MISS"


def target(row: Row) -> str:
    if row.limit is None:
        return ""
    if isinf(row.limit):
        return "told"
    if row.over == "ratio":
        return f"≤ {row.limit:g} × native"
    text = f"{row.limit:,.{row.digits}f}"
    sign = "=" if row.limit == 0 else "≤"
    return f"{sign} {text}{' over native' if row.over == 'more' else ''}"


def lines(results: dict[tuple[str, str, str], Samples], measures: Iterable[Measure]) -> list[Line]:
    kinds = dict.fromkeys(kind for _measure, _row, kind in results)
    return [
        Line(measure.name, row, kind, results[measure.name, row.key, kind])
        for measure in measures
        for row in measure.rows
        for kind in kinds
        if (measure.name, row.key, kind) in results
    ]


def render(table: list[Line], measures: Iterable[Measure], names: Sequence[str], ours: Sequence[str]) -> str:
    """The table as text. A cell has the figure, its spread (half the distance of the extremes), its ratio to native."""
    out: list[str] = []
    remarks: list[str] = []
    for measure in measures:
        mine = [line for line in table if line.measure == measure.name]
        if not mine:
            continue
        rows = [[measure.title, "", "target", *names, "verdict"]]
        for line in mine:
            title = f"{line.row.title}{f', {line.row.unit}' if line.row.unit else ''}"
            cells = [_cell(line, name) for name in names]
            for name, text in zip(names, cells, strict=True):
                if len(text) > 24:
                    remarks.append(f"  {name}, {line.kind}, {title}: {text}")
            cells = [text if len(text) <= 24 else "see below" for text in cells]
            rows.append([title, line.kind, target(line.row), *cells, line.verdict(ours)])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            out.append("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
            if number == 0:
                out.append("─" * (sum(widths) + 2 * len(widths) - 2))
        out += [*remarks, ""]
        remarks.clear()
    verdicts = Counter(verdict for line in table if (verdict := line.verdict(ours)))
    out.append("targets: " + (", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) or "none"))
    return "\n".join(out)


def _cell(line: Line, name: str) -> str:
    value = line.figure(name)
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    digits = line.row.digits
    text = f"{value:,.{digits}f}"
    spread = line.spread(name)
    if line.row.gather == "median" and round(spread, digits):
        text += f" ±{spread:,.{digits}f}"
    if line.row.gather == "sum":
        text += f" of {len(line.numbers(name))}"
    ratio = line.beside_native(name, "ratio") if line.row.over == "ratio" and name != "native" else None
    return text + (f" ({ratio:.2f}×)" if ratio is not None else "")


def plain(table: list[Line], ours: Sequence[str]) -> list[dict[str, object]]:
    """The same for machines; `samples` in the order of the rounds."""
    return [
        {
            "measure": line.measure,
            "row": line.row.key,
            "title": line.row.title,
            "kind": line.kind,
            "unit": line.row.unit,
            "target": target(line.row) or None,
            "verdict": line.verdict(ours) or None,
            "figures": {name: line.figure(name) for name in line.samples},
            "ratios": {name: line.beside_native(name, "ratio") for name in line.samples if name != "native"},
            "samples": line.samples,
        }
        for line in table
    ]
