"""A clinic: diagnoses with their codes, medications that fit them, visits, insurers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from shardgen.generators.bundled_lines import load_lines
from shardgen.generators.context import ColumnContext
from shardgen.generators.families.bundled import (
    BundledColumn,
    GivenLine,
    LineOfRow,
    LinesOfGroups,
    NumberOfString,
    PickedIndex,
    columns_of,
    field_name,
    field_of,
)
from shardgen.generators.families.choice import Listed, bind_choice
from shardgen.generators.generator import BoundGenerator, Generator
from shardgen.generators.registry import generator
from shardgen.generators.sources import IndexFunction
from shardgen.random.distributions import Weighted
from shardgen.random.overriding import override

if TYPE_CHECKING:
    from shardgen.generators.generator import Source
    from shardgen.random.streams import Indices

W = Weighted
_DIAGNOSES = "healthcare-diagnoses"
_CODE = "diagnosis_code"
_BESIDE = (_CODE, "diagnosis")


@generator("diagnosis_code")
class DiagnosisCode(BundledColumn, frozen=True):
    """An ICD-10-CM code, such as "E11.9", by how common it is; that of the row's `diagnosis`."""

    dataset: ClassVar[str] = _DIAGNOSES
    field: ClassVar[str] = _CODE
    beside: ClassVar[tuple[str, ...]] = _BESIDE


@generator("diagnosis")
class Diagnosis(BundledColumn, frozen=True):
    """
    What ICD-10-CM calls a diagnosis, such as "Essential (primary) hypertension".

    It is that of the row's `diagnosis_code`. A column of fewer than 106 characters has those that
    fit.
    """

    dataset: ClassVar[str] = _DIAGNOSES
    field: ClassVar[str] = "diagnosis_name"
    beside: ClassVar[tuple[str, ...]] = _BESIDE


@generator("medication")
class Medication(Generator, frozen=True):
    """
    What treats the row's diagnosis, else that of its parent, such as "Metformin".

    The diagnosis is that of a column made by `diagnosis_code` or `diagnosis`, or one that no column
    shows.
    """

    beside: ClassVar[tuple[str, ...]] = (
        *_BESIDE, *(f"parent.{name}" for name in _BESIDE),
    )  # fmt: skip

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        if context.unique:
            names = dict.fromkeys(line["medication"] for line in load_lines(_NAME).fields)
            return bind_choice(context, tuple(names))
        lines = load_lines(_NAME)
        codes = tuple(dict.fromkeys(line[_CODE] for line in lines.fields))
        first = lines._replace(
            weights=tuple(
                weight if line["line"] == "first-line" else weight * _SUPPORTIVE
                for line, weight in zip(*lines, strict=True)
            )
        )
        groups = LinesOfGroups(first, _CODE, codes)
        sources: tuple[Source, ...]
        parent = _of_parent(context, codes)
        if parent is None:
            diagnosis = LineOfRow(context, _DIAGNOSES)
            number = {code: n for n, code in enumerate(codes)}
            group_of = np.array([number[code] for code in diagnosis.values(_CODE)], np.int64)
            index, sources = diagnosis.index, diagnosis.sources
        else:
            index, group_of, sources = parent
        given = GivenLine(groups, index, group_of, context.words("value"))
        values = [line["medication"] for line in lines.fields]
        return BoundGenerator.of(field_of(values, given), *sources)


_NAME = "healthcare-medications"
_SUPPORTIVE = 0.02  # of the weight of what treats: it helps, and is seldom the only one


def _of_parent(
    context: ColumnContext, codes: tuple[str, ...]
) -> tuple[IndexFunction, Indices, tuple[Source, ...]] | None:
    """Return the diagnosis of the row's parent as an index, its group and its source, if any."""
    if columns_of(context.table, _DIAGNOSES):
        return None
    for reference in context.table.references:
        parent = context.catalog.table(reference.table)
        for column in parent.columns:
            field = field_name(column, _DIAGNOSES)
            if field is None or parent.name == context.table.name:
                continue
            read = context.read_parent(reference.name, column.name, "text")
            known = {line[field]: line[_CODE] for line in load_lines(_DIAGNOSES).fields}
            number = {code: n for n, code in enumerate(codes)}
            group_of = np.array([number[code] for code in known.values()], np.int64)
            index: IndexFunction = PickedIndex(read.compute, NumberOfString(tuple(known)))
            return index, group_of, (read,)
    return None


class _Listed(Generator, frozen=True):
    """Base of choices with values of their own, which a schema may replace."""

    values: Listed = ()

    @override
    def bind(self, context: ColumnContext) -> BoundGenerator:
        return bind_choice(context, self.values)


@generator("visit_type")
class VisitType(_Listed, frozen=True):
    """Why someone comes: routine 60, emergency 20, follow-up 20."""

    values: Listed = (W("routine", 60), W("emergency", 20), W("follow-up", 20))


@generator("insurance_provider")
class InsuranceProvider(_Listed, frozen=True):
    """Who insures a patient in the United States, by how many."""

    values: Listed = (
        W("Blue Cross Blue Shield", 24), W("UnitedHealthcare", 18), W("Medicare", 16),
        W("Aetna", 12), W("Cigna", 10), W("Medicaid", 9), W("Humana", 7), W("Kaiser Permanente", 4),
    )  # fmt: skip
