"""docs/generators.md, from the generators themselves: what they make, parameters, examples."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from itertools import groupby

from shardgen.cli.examples import example_values
from shardgen.cli.parameter_words import HEAD as PARAMETER_HEAD
from shardgen.cli.parameter_words import own_parameter_rows
from shardgen.generators.families.faker_methods import FakerMethod
from shardgen.generators.generator import Generator
from shardgen.generators.registry import GENERATORS

FAMILIES = {
    "people": "People",
    "identity": "Phone and security numbers, passwords",
    "places": "Places",
    "address_units": "Second lines of addresses",
    "companies": "Companies",
    "times": "Dates and timestamps",
    "dates_after": "Order in time",
    "numbers": "Numbers",
    "time_ordered": "Ids in the order of time",
    "rare_types": "Times of day, bytes and bits",
    "arrays": "Arrays",
    "ranges": "Ranges",
    "choice": "Choice",
    "datasets": "Datasets",
    "derived": "Computed values",
    "texts": "Texts",
    "patterns": "Patterns",
    "regexes": "Regular expressions",
    "codes": "Codes",
    "internet": "Internet",
    "by_name": "By name or type",
    "json_objects": "JSON",
    "fintech": "Lending",
    "payments": "Payments of loans",
    "healthcare": "Healthcare",
    "retail": "Retail",
}
HEAD = """\
# Generators

<!-- Written by scripts/make-docs from the code. Change the docstrings there. -->

A column names its generator in `generator`, and sets parameters in `generator_params`:

```json
{
  "name": "score",
  "type": "int",
  "generator": "int_range",
  "generator_params": {"min": 300, "max": 850, "distribution": "normal", "mean": 680, "std_dev": 80}
}
```

Every generator also takes `null_probability` (for nullable columns, 0.1 where it is not given) and
`edge_case_probability` (that of the run). Where a parameter is a `distribution`, its forms are in
[schema.md](schema.md#distributions). Times count from the run's `--as-of`, not from the clock.

The command line shows the same: `shardgen generators` lists all, `shardgen generators NAME` shows
one. [extending.md](extending.md#a-generator) shows how to write one of your own.
"""


def page() -> str:
    """Return the whole page."""
    names = names_by_kind()
    kinds = [kind for kind in names if kind.__module__.startswith("shardgen.")]
    order = list(FAMILIES)
    kinds.sort(key=lambda kind: order.index(family(kind)))  # stable: as in the file within one
    sections = [HEAD]
    for module, members in groupby(kinds, family):
        sections.append(f"## {FAMILIES[module]}\n")
        sections += [entry(kind, names[kind]) for kind in members]
    sections.append(f"## Faker\n\n{entry(FakerMethod, ['faker.<method>'], 'faker.color_name')}")
    sections.append(GROWTH + growth_table())
    return "\n".join(sections)


GROWTH = """\
## What a column added later changes

A column, a table or rows that are added change no value that was there, except what reads them.
An expression, a correlation or a parameter reads the columns that it names, and nothing that is
added. A few generators read unasked what belongs to the same thing: an e-mail address is made of
the row's name. Where such a column is added to a table, the values of these generators' columns in
that table change, and so does what is made from them in turn. No other values do.

Of `dataset` it is a unique column of the same dataset, whose rows the others follow. Of `category`,
`diagnosis` and `diagnosis_code` it is one that is unique, or whose type is too short for some of
their values, but for `product_name`, and for `medication` in its parent. `company_email` reads the
row's names where it has a `domain`. Where payments name their loan by `based_on_loan` or the like,
a date of the past that is added to the loan's parent can change when loans are funded.

A name, a city or the like that is to change nothing can be made by other means: by
`faker.<method>`, `choice`, an expression or a dataset. Taking a column
away, or giving it another generator, is like adding one.

"""


def growth_table() -> str:
    """Return what each generator reads without being told to, for those that do."""
    lines = ["| generator | values change with an added column |", "|---|---|"]
    for kind, names in names_by_kind().items():
        if not kind.__module__.startswith("shardgen."):
            continue
        of_parents = [name for name in kind.beside if name.startswith("parent.")]
        made = [link(name) for name in kind.beside if name not in of_parents]
        parents = [link(name.removeprefix("parent.")) for name in of_parents]
        named = [
            f"`{name.removeprefix('loan.')}` of the loan"
            if name.startswith("loan.")
            else f"`{name}`"
            for name in kind.named
        ]
        made_by = ["made by " + ", ".join(made)] if made else []
        made_by += ["in its parent, made by " + ", ".join(parents)] if parents else []
        called = ["called " + ", ".join(named)] if named else []
        own = ", ".join(f"`{name}`" for name in names)
        lines += [f"| {own} | {cell} |" for cell in [*made_by, *called]]
    return "\n".join(lines) + "\n"


def names_by_kind() -> dict[type[Generator], list[str]]:
    """Return the names of every generator, its own first."""
    names: dict[type[Generator], list[str]] = {}
    for name, kind in GENERATORS.items():
        names.setdefault(kind, []).append(name)
    return names


def anchor(name: str) -> str:
    """Return where the page describes the generator of that name."""
    if name.startswith("faker."):
        return "fakermethod"
    return "-".join(names_by_kind()[GENERATORS[name]])


def link(name: str) -> str:
    """Return a generator's name, with a link to its description."""
    return f"[`{name}`](#{anchor(name)})"


def family(kind: type[Generator]) -> str:
    return kind.__module__.rpartition(".")[2]


def entry(kind: type[Generator], names: list[str], example: str = "") -> str:
    """Return one generator: its names, docstring, parameters and examples."""
    lines = ["### " + ", ".join(f"`{name}`" for name in names), "", inspect.getdoc(kind) or "", ""]
    if own := own_parameter_rows(kind):
        lines += [
            row(PARAMETER_HEAD),
            row(["---"] * len(PARAMETER_HEAD)),
            *(row([f"`{r[0]}`", *r[1:]]) for r in own),
            "",
        ]
    if family(kind) != "faker_methods":  # its values change with the release of Faker
        values, reason = example_values(names[0])
        lines += ["Such as " + ", ".join(f"`{v}`" for v in values) if values else f"({reason})", ""]
    else:
        lines += [f'Such as `"generator": "{example}"`.', ""]
    return "\n".join(lines)


def row(cells: Iterable[str]) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
