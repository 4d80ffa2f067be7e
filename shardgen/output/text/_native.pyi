# native.py says what the arguments are.
INTERFACE: int

def assemble(
    out: bytearray,
    fields: tuple[tuple[object, ...], ...],
    rows: int,
    next_row: bytes,
    next_statement: bytes,
    first: int,
    step: int,
    has_last: bool,
    /,
) -> tuple[bytearray, int]: ...
