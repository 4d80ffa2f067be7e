"""docs/pictures/<schema>.svg: the tables of a schema and the foreign keys between them."""

from __future__ import annotations

from html import escape

from shardgen.schema.catalog import Catalog
from shardgen.schema.catalog_tables import CatalogTable
from shardgen.schema.references import Reference

LETTER = 7.2  # pixels of a letter at 12 pixels, in the widest font that may be used
FONTS = "Helvetica, Arial, DejaVu Sans, sans-serif"
LINE, PADDING = 18, 10
ACROSS, DOWN = 110, 28  # between boxes
MARGIN = 16
INK, FAINT, EDGE, FILL, TITLE = "#24292f", "#6e7781", "#8c959f", "#ffffff", "#e7eef6"


class Box:
    """A table in the diagram: its lines of text, and where it stands."""

    def __init__(self, table: CatalogTable) -> None:
        """Note the key and the foreign keys; other columns are only counted."""
        self.table = table
        self.title = table.name
        self.rows = f"{table.record_count:,}"
        keys = set(table.primary_key)
        named = [c for c in table.columns if c.name in keys or c.reference]
        others = len(table.columns) - len(named)
        self.names = [column.name for column in named]
        self.lines = [(name, "key" if name in keys else "") for name in self.names]
        self.lines.append((f"{others} more columns" if others != 1 else "1 more column", ""))
        longest = max(len(name) + len(mark) + 2 for name, mark in self.lines)
        letters = max(longest, len(self.title) + len(self.rows) + 4)
        self.width = round(letters * LETTER) + 2 * PADDING
        self.height = LINE * (len(self.lines) + 1) + PADDING
        self.x = self.y = 0

    def line_y(self, column: str) -> int:
        """Return the height of a column's line."""
        return self.y + LINE * (self.names.index(column) + 1) + LINE // 2 + 6


def svg(schema: Catalog, order: list[str]) -> str:
    """Return the diagram: parents to the left of their children, `order` from top to bottom."""
    boxes = {name: Box(schema.table(name)) for name in order}
    width, height = _place(boxes)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONTS}" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="{FILL}"/>',
    ]
    for box in boxes.values():
        parts += [_edge(box, boxes[key.table], key) for key in box.table.references]
    parts += [line for box in boxes.values() for line in _box(box)]
    return "\n".join([*parts, "</svg>", ""])


def _place(boxes: dict[str, Box]) -> tuple[int, int]:
    """Put every box into the column after those of its parents; return the size of the whole."""
    depth: dict[str, int] = {}
    for name, box in boxes.items():  # parents come first, but for circles
        parents = [key.table for key in box.table.references if key.table in depth]
        depth[name] = 1 + max((depth[parent] for parent in parents), default=-1)
    for name in reversed(boxes):  # as near to its children as may be, so lines cross no box
        children = [n for n, b in boxes.items() if name in {k.table for k in b.table.references}]
        nearest = min((depth[child] for child in children), default=0) - 1
        depth[name] = max(depth[name], nearest)
    x, heights = MARGIN, []
    columns = [[boxes[n] for n in boxes if depth[n] == d] for d in range(max(depth.values()) + 1)]
    total = max(sum(b.height for b in column) + DOWN * (len(column) - 1) for column in columns)
    for column in columns:
        tall = sum(b.height for b in column) + DOWN * (len(column) - 1)
        y = MARGIN + (total - tall) // 2
        for box in column:
            box.x, box.y = x, y
            y += box.height + DOWN
        heights.append(y - DOWN)
        x += max(b.width for b in column) + ACROSS
    return x - ACROSS + MARGIN, max(heights) + MARGIN


def _box(box: Box) -> list[str]:
    """Return a table as a box: its name and rows on top, its keys below."""
    x, y, w, h = box.x, box.y, box.width, box.height
    top = LINE + 6
    head = f"M{x} {y + top}v{4 - top}q0-4 4-4h{w - 8}q4 0 4 4v{top - 4}z"
    parts = [
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" fill="{FILL}" stroke="{EDGE}"/>',
        f'<path d="{head}" fill="{TITLE}" stroke="{EDGE}"/>',
        _text(x + PADDING, y + 16, box.title, INK, "font-weight='bold'"),
        _text(x + w - PADDING, y + 16, box.rows, FAINT, "text-anchor='end'"),
    ]
    for n, (name, mark) in enumerate(box.lines):
        at = y + top + LINE * n + 14
        parts.append(_text(x + PADDING, at, name, INK if n < len(box.names) else FAINT))
        if mark:
            parts.append(_text(x + w - PADDING, at, mark, FAINT, "text-anchor='end'"))
    return parts


def _edge(child: Box, parent: Box, key: Reference) -> str:
    """Return the line from a parent to the foreign key of its children, with a crow's foot."""
    if child is parent:
        return _loop(child, key)
    y1, y2 = parent.y + LINE // 2 + 3, child.line_y(key.columns[0])
    x1, x2 = (
        (parent.x + parent.width, child.x)
        if parent.x < child.x
        else (parent.x, child.x + child.width)
    )
    bend = (x2 - x1) // 2 or ACROSS
    foot = 8 if x2 > x1 else -8
    one = child.table.is_key_together(key.columns)
    toes = "" if one else f"M{x2 - foot} {y2}L{x2} {y2 - 5}M{x2 - foot} {y2}L{x2} {y2 + 5}"
    curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return f'<path d="{curve}{toes}" fill="none" stroke="{EDGE}" stroke-width="1.3"/>'


def _loop(box: Box, key: Reference) -> str:
    x, y1, y2 = box.x + box.width, box.y + LINE // 2 + 3, box.line_y(key.columns[0])
    curve = f"M{x} {y1}C{x + 40} {y1} {x + 40} {y2} {x} {y2}"
    return f'<path d="{curve}" fill="none" stroke="{EDGE}" stroke-width="1.3"/>'


def _text(x: int, y: int, text: str, colour: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" {more}>{escape(text)}</text>'
