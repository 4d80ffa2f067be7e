"""
fintech-loans as INSERT text, hand-written for just these four tables: NumPy byte matrices, no engine.

A batch is whole statements of 1,000 rows in one bytearray: each statement's head, then rows of fixed
width, whose slots are the fields of a structured array over the same memory. Literals are written
once. Slots are 4, 8 or 16 bytes wide, since NumPy's take and strided copy are fastest there, and their
texts lie ready in look-up tables (a date with the literals around it, "mm:ss')," …). What a text does
not fill is NUL, and bytearray.translate squeezes that out.

Loans are kept (16 bytes each), as their payments are computed from them. With --fanout random, each
payment picks a loan of its own and the numbers repeat; else loans have four and three payments in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

import job
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
STATEMENTS = 7  # of a batch: 7,000 rows stay in the L2 cache, and seven payments are two loans
SIZE = job.ROWS_PER_STATEMENT
WORD = {4: "<u4", 8: "<u8", 16: "V16"}  # an element that is copied as one


def table(texts: Iterable[str], width: int) -> Array:
    """Texts padded with NUL to `width`, as elements of that width."""
    return np.array([text.encode() for text in texts], dtype=f"S{width}").view(WORD[width])


def weighted(weights: Mapping[object, int], form: str, width: int) -> Array:
    """A hundred texts, each value as often as its weight."""
    return table(
        [form.format(value) for value, weight in weights.items() for _ in range(weight)], width
    )


DIGITS = table([f"{n:04d}" for n in range(10_000)], 4)
LEADING = table(["", *(str(n) for n in range(1, 10_000))], 4)  # above other digits: 0 is nothing
ALONE_OR_DIGITS = np.concatenate((table([str(n) for n in range(10_000)], 4), DIGITS))
CENTS = table([f"{n // 100}.{n % 100:02d}" for n in range(1_000)], 4)

TODAY = np.datetime64(job.AS_OF, "D")
FUNDED = TODAY - np.arange(731)


def later(months: int) -> Array:
    """For each day of FUNDED the date `months` later, at most the last day of that month."""
    month = FUNDED.astype("M8[M]") + months
    last = (month + 1).astype("M8[D]") - np.timedelta64(1, "D")
    return np.minimum(month.astype("M8[D]") + (FUNDED - FUNDED.astype("M8[M]")), last).astype(str)


def hours(days: Array) -> Array:
    """,'YYYY-MM-DD HH: for each hour of each day."""
    return table([f",'{day} {hour:02d}:" for day in days.astype(str) for hour in range(24)], 16)


HOUR_OF_YEAR = hours(TODAY - np.arange(1, 366))
HOUR_OF_TWO_YEARS = hours(TODAY - np.arange(31, 731))
END = table([f"{n // 60:02d}:{n % 60:02d}')," for n in range(3_600)], 8)


class Matrix:
    """One table's batch as bytes; `self.rows` has the slots, shaped (statements, rows)."""

    def __init__(self, name: str, layout: Iterable[int | str]) -> None:
        """`layout`: slot widths, named "a", "b", …, and literals."""
        head = job.statement(name).encode()
        names, formats, offsets, literals, width = [], [], [], [], 0
        for item in layout:
            if isinstance(item, str):
                literals.append((width, item.encode()))
                width += len(item)
            else:
                names.append(chr(ord("a") + len(names)))
                formats.append(WORD[item])
                offsets.append(width)
                width += item
        self.width, self.head, self.stride = width, len(head), len(head) + SIZE * width
        self.buffer = bytearray(STATEMENTS * self.stride)
        whole = np.frombuffer(self.buffer, np.uint8).reshape(STATEMENTS, self.stride)
        whole[:, : self.head] = np.frombuffer(head, np.uint8)
        self.bytes = whole[:, self.head :].reshape(STATEMENTS, SIZE, width)
        for offset, literal in literals:
            self.bytes[:, :, offset : offset + len(literal)] = np.frombuffer(literal, np.uint8)
        dtype = np.dtype(
            {"names": names, "formats": formats, "offsets": offsets, "itemsize": width}
        )
        shape, strides = (STATEMENTS, SIZE), (self.stride, width)
        self.rows = np.ndarray(shape, dtype, self.buffer, offset=self.head, strides=strides)

    def put(self, slot: str, texts: Array) -> None:
        """Fill a slot; fewer rows than a batch has leave the rest as it was."""
        assert texts.dtype == self.rows.dtype[slot]
        if texts.size == STATEMENTS * SIZE:
            self.rows[slot] = texts.reshape(STATEMENTS, SIZE)
            return
        full, rest = divmod(texts.size, SIZE)
        self.rows[slot][:full] = texts[: full * SIZE].reshape(full, SIZE)
        if rest:
            self.rows[slot][full, :rest] = texts[full * SIZE :]

    def number(self, slots: str, values: Array) -> None:
        """Eight digits at most, no leading zeros."""
        high = values // 10_000
        low = values - high * 10_000
        self.put(slots[0], LEADING.take(high))
        self.put(slots[1], ALONE_OR_DIGITS.take(low + np.uint32(10_000) * (high > 0)))

    def money(self, slots: str, cents: Array) -> None:
        """Up to 99999.99."""
        high = cents // 1_000
        self.put(slots[0], LEADING.take(high))
        self.put(slots[1], CENTS.take(cents - high * 1_000))

    def write(self, out: BinaryIO, rows: int) -> None:
        """Squeeze and write the first `rows` rows; the last byte but one of each ends it."""
        self.bytes[:, :, -2] = ord(",")
        self.bytes[:, -1, -2] = ord(";")
        buffer = self.buffer
        if rows < STATEMENTS * SIZE:
            full, rest = divmod(rows, SIZE)
            if rest:
                self.bytes[full, rest - 1, -2] = ord(";")
            buffer = buffer[: full * self.stride + (self.head + rest * self.width if rest else 0)]
        out.write(buffer.translate(None, b"\0"))


class Script:
    """The four tables in order."""

    def __init__(self, out: BinaryIO, scale: float, seed: int, *, random_loans: bool) -> None:
        self.out, self.counts, self.random_loans = out, job.counts(scale), random_loans
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def below(self, high: int, n: int) -> Array:
        """Random integers, from 32 random bits each; the quickest that NumPy's generators offer."""
        word = np.frombuffer(self.rng.bytes(4 * n), np.uint32)
        return ((word.astype(np.uint64) * np.uint64(high)) >> np.uint64(32)).astype(np.uint32)

    def four_below(self, high: tuple[int, int, int, int], n: int) -> list[Array]:
        """Four small random integers a row, from 16 random bits each."""
        words = np.frombuffer(self.rng.bytes(8 * n), np.uint16).reshape(n, 4)
        return [
            (words[:, i].astype(np.uint32) * np.uint32(top)) >> np.uint32(16)
            for i, top in enumerate(high)
        ]

    def lognormal(self, mu: float, sigma: float, n: int, low: int, high: int, step: int) -> Array:
        z = self.rng.standard_normal(n, dtype=np.float32)
        value = np.exp(z * np.float32(sigma) + np.float32(mu - np.log(step)))
        return np.clip(np.rint(value), low // step, high // step).astype(np.uint32)

    def batches(self, name: str) -> Iterable[tuple[int, int]]:
        rows = self.counts[name]
        for first in range(0, rows, STATEMENTS * SIZE):
            yield first, min(STATEMENTS * SIZE, rows - first)

    def run(self) -> None:
        self.borrowers()
        self.loans()
        self.payments()
        self.credit_scores()

    def borrowers(self) -> None:
        # id, first, last, email (four slots and the id), phone (three), birth, ssn, income, employment, created
        matrix = Matrix(
            "borrowers", ["(", 4, 4, 16, 16, 8, 4, 8, 4, 4, 4, "@example.com'", 8, 4, 8, 16, 8, 8, ".00", 16, 16, 8, "\n"]
        )  # fmt: skip
        first_names = table([f",'{name}','" for name in job.FIRST_NAMES], 16)
        last_names = table([f"{name}','" for name in job.LAST_NAMES], 16)
        first_of_email = (
            table([f"{name.lower()}." for name in job.FIRST_NAMES], 16).view("<u8").reshape(-1, 2)
        )
        last_of_email = (
            table([name.lower() for name in job.LAST_NAMES], 16).view("<u8").reshape(-1, 2)
        )
        first_of_email, first_end = first_of_email[:, 0].copy(), first_of_email[:, 1].astype("<u4")
        last_of_email, last_end = last_of_email[:, 0].copy(), last_of_email[:, 1].astype("<u4")
        births = table(
            [f",'{day}'," for day in (TODAY - np.arange(21 * 365, 75 * 365)).astype(str)], 16
        )
        area = table([*(f",'{n}-" for n in range(200, 1_000)), *[",NULL"] * 89], 8)
        exchange = table([*(f"{n}-" for n in range(200, 1_000)), ""], 4)
        line = table([*(f"{n:04d}'" for n in range(10_000)), ""], 8)
        ssn = table([*(f"'{n:04d}'," for n in range(10_000)), *["NULL,"] * 1_111], 8)
        income = table([str(n * 1_000) for n in range(501)], 8)
        employment = weighted(job.EMPLOYMENT, ",'{}'", 16)
        for first, n in self.batches("borrowers"):
            given, family, hour, second = self.four_below(
                (len(first_names), len(last_names), len(HOUR_OF_TWO_YEARS), 3_600), n
            )
            first_a, first_b, born, work = self.four_below((889, 800, len(births), 100), n)
            no_phone = first_a >= 800
            ids = np.arange(first + 1, first + n + 1, dtype=np.uint32)
            matrix.number("ab", ids)
            matrix.put("c", first_names.take(given))
            matrix.put("d", last_names.take(family))
            matrix.put("e", first_of_email.take(given))
            matrix.put("f", first_end.take(given))
            matrix.put("g", last_of_email.take(family))
            matrix.put("h", last_end.take(family))
            matrix.number("ij", ids)
            matrix.put("k", area.take(first_a))
            matrix.put("l", exchange.take(np.where(no_phone, 800, first_b)))
            matrix.put("m", line.take(np.where(no_phone, 10_000, self.below(10_000, n))))
            matrix.put("n", births.take(born))
            matrix.put("o", ssn.take(self.below(len(ssn), n)))
            matrix.put("p", income.take(self.lognormal(11.08, 0.6, n, 25_000, 500_000, 1_000)))
            matrix.put("q", employment.take(work))
            matrix.put("r", HOUR_OF_TWO_YEARS.take(hour))
            matrix.put("s", END.take(second))
            matrix.write(self.out, n)

    def loans(self) -> None:
        # id, borrower, number (three), amount, rate and term, status, funded, maturity, created
        matrix = Matrix(
            "loans", ["(", 4, 4, ",", 4, 4, 16, 4, 4, "',", 8, 16, 16, 16, 16, 16, 8, "\n"]
        )
        numbers = table([f",'LN-{day:%Y%m%d}-" for day in FUNDED.astype(object)], 16)
        digits = max(5, len(str(self.counts["loans"])))
        padded = table(
            [f"{n:0{digits - 4}d}" if n < 10 ** (digits - 4) else "" for n in range(10_000)], 4
        )
        amounts = table([str(n * 100) for n in range(5_001)], 8)
        terms = list(job.TERMS)
        rates = np.concatenate(
            [np.linspace(low, high, 60 * weight).round() for (low, high), weight in job.RATE_RANGES]
        ).astype(np.uint16) - 300  # fmt: skip
        rate_and_term = table(
            [f".00,{n / 100:.2f},{term}" for n in range(300, 1_501) for term in terms], 16
        )
        term_of = np.repeat(np.arange(len(terms), dtype=np.uint32), list(job.TERMS.values()))
        status = weighted(job.LOAN_STATUS, ",'{}'", 16)
        funded_text = table([f",'{day}'" for day in FUNDED.astype(str)], 16)
        maturity = table(
            [f",'{day}'" for days in zip(*map(later, terms), strict=True) for day in days], 16
        )
        self.loan_terms = np.empty((self.counts["loans"], 4), np.uint16)
        for first, n in self.batches("loans"):
            ids = np.arange(first + 1, first + n + 1, dtype=np.uint32)
            high = ids // 10_000
            rate, term, funded, state = self.four_below((len(rates), 100, 730, 100), n)
            hour, second, *_ = self.four_below((len(HOUR_OF_YEAR), 3_600, 0, 0), n)
            rate, term, funded = rates.take(rate), term_of.take(term), funded + 1
            amount = self.lognormal(10.82, 0.8, n, 5_000, 500_000, 100)
            for i, kept in enumerate((amount, rate, term, funded)):
                self.loan_terms[first : first + n, i] = kept
            matrix.number("ab", ids)
            matrix.number("cd", self.below(self.counts["borrowers"], n) + np.uint32(1))
            matrix.put("e", numbers.take(funded))
            matrix.put("f", padded.take(high))
            matrix.put("g", DIGITS.take(ids - high * 10_000))
            matrix.put("h", amounts.take(amount))
            matrix.put("i", rate_and_term.take(rate * 5 + term))
            matrix.put("j", status.take(state))
            matrix.put("k", funded_text.take(funded))
            matrix.put("l", maturity.take(funded * 5 + term))
            matrix.put("m", HOUR_OF_YEAR.take(hour))
            matrix.put("n", END.take(second))
            matrix.write(self.out, n)

    def payments(self) -> None:
        # id, loan, number and date, amount, principal, interest, status, created
        matrix = Matrix(
            "payments", ["(", 4, 4, ",", 4, 4, 16, 4, 4, ",", 4, 4, ",", 4, 4, 16, 16, 8, "\n"]
        )
        number_and_date = table(
            [
                f",{n},'{day}',"
                for days in zip(*map(later, range(1, 5)), strict=True)
                for n, day in enumerate(days, 1)
            ],
            16,
        )
        status = weighted(job.PAYMENT_STATUS, ",'{}'", 16)
        monthly = np.arange(300, 1_501)[:, None] / 120_000
        growth = (1 + monthly) ** list(job.TERMS)
        annuity = (monthly * growth / (growth - 1)).ravel()
        grown = (1 + monthly) ** np.arange(4)
        of_amount, of_payments = (grown * monthly).ravel(), (grown - 1).ravel()
        row = np.arange(STATEMENTS * SIZE, dtype=np.uint32)
        in_turn = row * 2 // 7
        numbers = row - (in_turn * 7 + 1) // 2  # from 0
        records = self.loan_terms.view("<u8").ravel()
        for first, n in self.batches("payments"):
            if self.random_loans:
                loan = self.below(len(records), n)
            else:
                loan = in_turn[:n] + np.uint32(first // 7 * 2)
            number = numbers[:n]
            terms = records.take(loan).view(np.uint16).reshape(n, 4)
            rate, cents = terms[:, 1].astype(np.uint32), terms[:, 0] * 10_000.0
            payment = np.rint(cents * annuity.take(rate * 5 + terms[:, 2]))
            at = rate * 4 + number
            interest = np.rint(cents * of_amount.take(at) - payment * of_payments.take(at))
            hour, second, state, _ = self.four_below((len(HOUR_OF_YEAR), 3_600, 100, 0), n)
            matrix.number("ab", np.arange(first + 1, first + n + 1, dtype=np.uint32))
            matrix.number("cd", loan + np.uint32(1))
            matrix.put("e", number_and_date.take(terms[:, 3] * np.uint32(4) + number))
            matrix.money("fg", payment.astype(np.uint32))
            matrix.money("hi", (payment - interest).astype(np.uint32))
            matrix.money("jk", interest.astype(np.uint32))
            matrix.put("l", status.take(state))
            matrix.put("m", HOUR_OF_YEAR.take(hour))
            matrix.put("n", END.take(second))
            matrix.write(self.out, n)

    def credit_scores(self) -> None:
        # id, borrower, score, bureau and checked date, created
        matrix = Matrix("credit_scores", ["(", 4, 4, ",", 4, 4, 4, 16, 16, 16, 8, "\n"])
        scores = table([f",{n}" for n in range(851)], 4)
        bureaus = weighted(job.BUREAUS, ",'{}'", 16)
        checked = table([f",'{day}'" for day in (TODAY - np.arange(1, 366)).astype(str)], 16)
        for first, n in self.batches("credit_scores"):
            ids = np.arange(first + 1, first + n + 1, dtype=np.uint32)
            hour, second, bureau, day = self.four_below((len(HOUR_OF_YEAR), 3_600, 100, 365), n)
            score = self.rng.standard_normal(n, dtype=np.float32) * np.float32(80) + np.float32(680)
            matrix.number("ab", ids)
            matrix.number("cd", ids)
            matrix.put("e", scores.take(np.clip(np.rint(score), 300, 850).astype(np.uint32)))
            matrix.put("f", bureaus.take(bureau))
            matrix.put("g", checked.take(day))
            matrix.put("h", HOUR_OF_YEAR.take(hour))
            matrix.put("i", END.take(second))
            matrix.write(self.out, n)


def main() -> None:
    parser = job.parser(__doc__)
    parser.add_argument("--fanout", choices=("in-turn", "random"), default="in-turn")
    options = parser.parse_args()
    with job.opened(options.out) as out:
        Script(out, options.scale, options.seed, random_loans=options.fanout == "random").run()


if __name__ == "__main__":
    main()
