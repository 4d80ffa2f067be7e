"""The table of rules in docs/schema.md: which names get which generator."""

from __future__ import annotations

from collections.abc import Iterator

from docs_generators import row

from shardgen.generators.inference_rules import CREDENTIALS, RULES, Rule

START = "<!-- The table is written by scripts/make-docs. -->\n"
END = "<!-- End of the table. -->\n"


def page(text: str) -> str:
    """Return docs/schema.md with the table of today's rules in its place."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def table() -> str:
    """Return a row for each rule, in the order in which they are tried."""
    head = ("a name that ends in", "types", "generator", "which is")
    lines = [row(head), row(["---"] * len(head))]
    return "\n".join([*lines, *(row(_cells(rule)) for rule in (*CREDENTIALS, *RULES)), ""])


def _cells(rule: Rule) -> list[str]:
    plain = ((name, value) for name, value in rule.parameters.items() if _is_plain(value))
    parameters = ", ".join(f"{name} {value}" for name, value in plain)
    generator = f"`{rule.generator}`" + (f" ({parameters})" if parameters else "")
    return [
        ", ".join(rule.endings) + "".join(_conditions(rule)),
        ", ".join(rule.types) + (f" of length {rule.length}" if rule.length else ""),
        generator.replace("`after`", "`…_after`").replace("`past`", "`…_past`"),
        rule.reason,
    ]


def _is_plain(value: object) -> bool:
    return isinstance(value, (int, float, str))


def _conditions(rule: Rule) -> Iterator[str]:
    """Yield what else must be so."""
    if rule.of:
        yield f" – of: {', '.join(rule.of)}"
    if rule.beside:
        yield f" – beside: {', '.join(rule.beside)}"
    if rule.after:
        yield f" – beside the first of: {', '.join(rule.after)}"
