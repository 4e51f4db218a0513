"""The measures by name, in the order in which they are printed. A measure is one module with one MEASURE."""

from . import dead, playing, press, shift, slow, twenty, weight
from .base import Measure, Row, Value

MEASURES: dict[str, Measure] = {
    module.MEASURE.name: module.MEASURE for module in (weight, slow, press, shift, twenty, playing, dead)
}

__all__ = ["MEASURES", "Measure", "Row", "Value"]
