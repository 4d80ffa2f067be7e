"""The command line of the fuzzer, scripts/fuzz."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from fuzz import campaign
from fuzz.campaign import BLOCK, Block, Found, described
from fuzz.cases import Case, case
from fuzz.features import EXPECTED
from fuzz.findings import Finding
from fuzz.reducer import reduced
from support.places import ROOT


def main() -> int:
    """Examine cases, or one; return 1 when there is a finding."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--start", type=int, default=0, help="the number of the first (0)")
    parser.add_argument("--processes", type=int, default=1, help="to examine them in (1)")
    parser.add_argument("--only", type=int, metavar="N", help="examine case N, and reduce it")
    parser.add_argument("--show", action="store_true", help="with --only: print it whole")
    parser.add_argument("--file", type=Path, help="examine this schema file instead")
    parser.add_argument("--state", type=Path, default=ROOT / ".fuzz",
                        help="the folder of what is done; a run goes on there (.fuzz)")  # fmt: skip
    parser.add_argument("--again", action="store_true", help="forget what is done")
    parser.add_argument("--reduce", action="store_true", help="reduce one case of each group")
    parser.add_argument("--databases", action="store_true",
                        help="load into PostgreSQL and MariaDB too")  # fmt: skip
    parser.add_argument("--work", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        campaign.work(*given.work, databases=given.databases)
        return 0
    if given.only is not None or given.file is not None:
        made = case(given.only or 0)
        if given.file is not None:
            made = msgspec.structs.replace(
                made, schema=msgspec.json.decode(given.file.read_bytes())
            )
        return _examine_one(made, whole=given.show, databases=given.databases)
    return _run(given)


def _examine_one(made: Case, *, whole: bool, databases: bool) -> int:
    each = 1 if made.number % campaign.WORKERS_EACH == 0 else 0
    with campaign.open_examiner(workers_each=each, databases=databases) as examiner:
        finding = examiner.examine(made).finding
    if whole or finding is None:
        print(described(made))
    if finding is None:
        print("nothing found")
        return 0
    print(f"{finding.group}\n{finding.what}\n{described(_reduced(made, finding, databases))}")
    return 1


def _reduced(made: Case, finding: Finding, databases: bool) -> Case:
    """Return the smallest case with a finding of the same group."""
    each = 1 if finding.kind == "workers" else 0
    with campaign.open_examiner(workers_each=each, databases=databases) as examiner:

        def still(tried: Case) -> bool:
            found = examiner.examine(tried).finding
            return found is not None and found.group == finding.group

        return reduced(made, still)


def _run(given: argparse.Namespace) -> int:
    state = given.state
    if given.again:
        for path in state.glob("*"):
            path.unlink()
    first = given.start // BLOCK * BLOCK
    starts = range(first, given.start + given.cases, BLOCK)
    arguments = ("--databases",) if given.databases else ()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no process is left
    try:
        with contextlib.closing(
            campaign.run(state, iter(starts), given.processes, arguments)
        ) as run:
            for done in run:
                if done % 20 == 0:
                    print(f"{done * BLOCK:,} cases more are done", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
    blocks = [block for block in campaign.kept(state) if block.start in starts]
    _report(blocks, given)
    return 1 if any(block.found for block in blocks) else 0


def _report(blocks: list[Block], given: argparse.Namespace) -> None:
    """Print how the cases ended, what was in them, and the findings by their groups."""
    ends, met, accepted = (
        sum((Counter(getattr(block, name)) for block in blocks), Counter())
        for name in ("ends", "met", "accepted")
    )
    seconds, cases = sum(block.seconds for block in blocks), len(blocks) * BLOCK
    print(f"{cases:,} cases, {cases / max(seconds, 1e-9):.0f} a second in each process")
    for origin in ("grammar", "mutation"):
        counts = {end: n for end, n in ends.items() if end.startswith(origin)}
        total = max(sum(counts.values()), 1)
        shares = (f"{n:,} {end.split()[1]} ({n / total:.0%})" for end, n in sorted(counts.items()))
        print(f"{origin}: {', '.join(shares)}")
    taken = sum(n for end, n in ends.items() if end.endswith("accepted"))
    print(f"accepted: {taken / max(cases, 1):.0%}; features met: {len(met)}, of accepted schemas: "
          f"{len(accepted)}")  # fmt: skip
    for name, counts in (("never met", met), ("never accepted", accepted)):
        if missing := sorted(EXPECTED - counts.keys()):
            print(f"{name}: {', '.join(missing)}")
    groups: dict[str, list[Found]] = defaultdict(list)
    for block in blocks:
        for found in block.found:
            groups[found.finding.group].append(found)
    print(f"findings: {sum(map(len, groups.values()))} in {len(groups)} groups")
    for group, entries in sorted(groups.items(), key=lambda item: -len(item[1])):
        _report_group(group, entries, given)


def _report_group(group: str, entries: list[Found], given: argparse.Namespace) -> None:
    numbers = ", ".join(str(entry.number) for entry in entries[:8])
    print(f"\n{len(entries)} × {group}\n  cases {numbers}\n  {entries[0].finding.what}")
    if given.reduce and entries[0].finding.kind != "died":
        print(described(_reduced(entries[0].case(), entries[0].finding, given.databases)))


if __name__ == "__main__":
    sys.exit(main())
