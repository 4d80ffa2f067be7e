"""The tables and the foreign keys between them as SVG, each key with its children per parent."""

from __future__ import annotations

from shardgen.cli.description.charts import plain
from shardgen.cli.description.words import fan_out, key_text
from shardgen.execution.description.description import Description, Relation, TableDescription

_LETTER = 6.7  # pixels of a letter at 12 pixels, in the widest font that may be used
_LINE, _PADDING = 18, 10
_ACROSS, _DOWN = 70, 22  # between boxes
_MARGIN = 8
_TOP = _LINE + 6
_LONGEST = 32
_FITS = 1900  # pixels that are made smaller where the place is


class _Box:
    """A table in the diagram: its lines of text, and where it stands."""

    def __init__(self, number: int, table: TableDescription) -> None:
        """Note the primary key and the foreign keys; other columns are only counted."""
        self.number, self.table = number, table
        self.rows = f"{table.planned:,}"
        fans = {name: fan_out(r) for r in reversed(table.relations) for name in r.columns}
        named = [c.name for c in table.columns if c.name in table.primary_key or c.name in fans]
        self.names = named
        self.lines = [(_cut(name), fans.get(name, "key")) for name in named]
        others = len(table.columns) - len(named)
        if others:
            self.lines.append((f"{others} more columns" if others > 1 else "1 more column", ""))
        self.title = _cut(table.name)
        letters = [len(name) + len(mark) + 3 for name, mark in self.lines]
        widest = max([*letters, round(len(self.title) * 1.1) + len(self.rows) + 4])
        self.width = round(widest * _LETTER) + 2 * _PADDING
        self.height = _TOP + _LINE * len(self.lines) + 6
        self.x = self.y = 0

    def line_y(self, column: str) -> int:
        """Return the height of a column's line."""
        return self.y + _TOP + _LINE * self.names.index(column) + 11


def diagram(description: Description) -> str:
    """Return the diagram: parents to the left of their children."""
    boxes = {t.name: _Box(n, t) for n, t in enumerate(description.tables)}
    if not boxes:
        return ""
    width, height = _place(boxes)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    kind = "diagram fits" if width <= _FITS else "diagram"
    parts = [f'<svg class="{kind}" {size} role="img" aria-label="Tables and foreign keys">']
    for box in boxes.values():
        parts += [_edge(box, boxes[r.table], r) for r in box.table.relations if r.table in boxes]
    parts += [_drawn(box) for box in boxes.values()]
    return "".join([*parts, "</svg>"])


def _place(boxes: dict[str, _Box]) -> tuple[int, int]:
    """Put every box into the column after those of its parents; return the size of the whole."""
    depth: dict[str, int] = {}
    for name, box in boxes.items():  # parents come first, but for circles
        parents = [r.table for r in box.table.relations if r.table in depth]
        depth[name] = 1 + max((depth[parent] for parent in parents), default=-1)
    for name in reversed(boxes):  # as near to its children as may be, so lines cross no box
        children = [
            n
            for n, b in boxes.items()
            if n != name and name in {r.table for r in b.table.relations}
        ]
        nearest = min((depth[child] for child in children), default=0) - 1
        depth[name] = max(depth[name], nearest)
    columns = [[boxes[n] for n in boxes if depth[n] == d] for d in range(max(depth.values()) + 1)]
    total = max(sum(b.height + _DOWN for b in column) - _DOWN for column in columns)
    x = _MARGIN
    for column in columns:
        tall = sum(b.height + _DOWN for b in column) - _DOWN
        y = _MARGIN + (total - tall) // 2
        for box in column:
            box.x, box.y = x, y
            y += box.height + _DOWN
        x += max((b.width for b in column), default=0) + _ACROSS
    loops = _ACROSS if any(_is_loop(box) for box in boxes.values()) else _MARGIN
    return x - _ACROSS + loops, total + 2 * _MARGIN


def _is_loop(box: _Box) -> bool:
    return any(r.table == box.table.name for r in box.table.relations)


def _drawn(box: _Box) -> str:
    """Return a table as a box that leads to its section: name and rows on top, keys below."""
    x, y, w = box.x, box.y, box.width
    head = f"M{x} {y + _TOP}v{4 - _TOP}q0-4 4-4h{w - 8}q4 0 4 4v{_TOP - 4}z"
    parts = [
        f'<a href="#t{box.number}"><title>{plain(box.table.name)}: {box.rows} rows</title>',
        f'<rect class="box" x="{x}" y="{y}" width="{w}" height="{box.height}" rx="4"/>',
        f'<path class="head" d="{head}"/>',
        f'<text class="ink name" x="{x + _PADDING}" y="{y + 16}">{plain(box.title)}</text>',
        f'<text x="{x + w - _PADDING}" y="{y + 16}" text-anchor="end">{box.rows}</text>',
    ]
    for n, (name, mark) in enumerate(box.lines):
        at = y + _TOP + _LINE * n + 15
        ink = ' class="ink"' if n < len(box.names) else ""
        parts.append(f'<text{ink} x="{x + _PADDING}" y="{at}">{plain(name)}</text>')
        if mark:
            parts.append(f'<text x="{x + w - _PADDING}" y="{at}" text-anchor="end">{mark}</text>')
    return "".join([*parts, "</a>"])


def _edge(child: _Box, parent: _Box, relation: Relation) -> str:
    """Return the line from a parent to the foreign key of its children, with a crow's foot."""
    y1, y2 = parent.y + _TOP // 2, child.line_y(relation.columns[0])
    if child.x == parent.x:  # itself, or one in the same column: around on the right
        x1, x2 = parent.x + parent.width, child.x + child.width
        bend, foot = 44, -8
        curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 + bend} {y2} {x2} {y2}"
    else:
        right = parent.x < child.x
        x1 = parent.x + parent.width if right else parent.x
        x2 = child.x if right else child.x + child.width
        bend, foot = (x2 - x1) // 2, 8 if right else -8
        curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    toes = "" if relation.is_unique else f"M{x2 - foot} {y2}l{foot} -5M{x2 - foot} {y2}l{foot} 5"
    said = f"{child.table.name}: {key_text(relation)}; children per parent {fan_out(relation)}"
    return f'<path class="edge" d="{curve}{toes}"><title>{plain(said)}</title></path>'


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
