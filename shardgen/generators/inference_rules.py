"""
Which generator a column's name asks for: the rules, one entry each.

`generators.inference` reads them, and docs/schema.md prints them.
"""

from __future__ import annotations

from typing import Any

import msgspec

TEXT = ("text",)
WHOLE = ("integer",)
NUMBER = ("integer", "decimal", "float")
FRACTION = ("decimal", "float")
TIME = ("date", "timestamp")


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a column gets whose name ends in one of `endings`, and whose type is of one of `types`.

    `of` are the words of which one must stand before the ending, or be what the table's name ends
    in; none means any. `beside` are endings of names of which another column must have one, `after`
    those of dates that this one comes after: the first that there is becomes the parameter of that
    name. `length` is the exact length of the type, `nulls` the share of nulls where the column may
    be null and says none.
    """

    name: str
    endings: tuple[str, ...]
    types: tuple[str, ...]
    generator: str
    reason: str
    parameters: dict[str, Any] = {}
    of: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    length: int | None = None
    nulls: float | None = None


def _rule(
    name: str,
    endings: str,
    types: tuple[str, ...],
    generator: str,
    reason: str,
    **more: Any,
) -> Rule:
    """Return a rule; endings are listed with commas between them."""
    listed = tuple(ending.strip() for ending in endings.split(","))
    fields = {"of", "beside", "after", "length", "nulls"}
    own = {key: more.pop(key) for key in fields & more.keys()}
    return Rule(
        name=name,
        endings=listed,
        types=types,
        generator=generator,
        reason=reason,
        parameters=more,
        **own,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PERSON = _words(
    "user person customer employee patient contact author student teacher doctor member agent "
    "driver guest passenger player actor borrower lead subscriber owner instructor manager "
    "applicant candidate recipient volunteer staff worker buyer seller client profile attendee "
    "resident physician nurse provider reviewer director artist holder sender beneficiary "
    "parent assignee"
)
COMPANY = _words(
    "company organization organisation org supplier vendor manufacturer publisher employer "
    "merchant tenant partner business corporation firm carrier shipper distributor insurer "
    "bank agency brand"
)
PRODUCT = _words("product item article merchandise good")

CREDENTIALS = (
    _rule(
        "credential",
        "password, passwd, pwd, passphrase, passcode, secret, token, salt, hash, digest, api key, "
        "private key, secret key, access key, encryption key, signing key, credential, "
        "credentials, otp, pin, pin code, cvv, cvc, card number, credit card",
        TEXT,
        "placeholder_secret",
        "a secret is never made to look like one",
    ),
)
"""These go before all others, and nothing else is tried for such a column."""

PEOPLE = (
    _rule("first name", "first name, given name, forename, fname, middle name, nick name",
          TEXT, "first_name", "a person's given name"),
    _rule("last name", "last name, family name, surname, lname", TEXT, "last_name",
          "a person's family name"),
    _rule("person", "full name, display name", TEXT, "full_name", "a person's whole name"),
    _rule("name of a person", "name", TEXT, "full_name", "the name of a person", of=PERSON),
    _rule("email of a company", "email, email address, mail", TEXT, "company_email",
          "the address of a company", of=COMPANY),
    _rule("email", "email, email address, mail address, e mail", TEXT, "email",
          "an e-mail address"),
    _rule("username", "username, user name, login, login name, screen name", TEXT, "username",
          "what a person logs in by"),
    _rule("phone", "phone, phone number, telephone, mobile, mobile number, cell phone, fax, "
          "fax number", TEXT, "phone", "a telephone number"),
    _rule("job title", "job title, job, occupation, profession", TEXT, "job_title",
          "what a person does for a living"),
    _rule("title of a person", "title, position", TEXT, "job_title",
          "the title of a person who works", of=("employee", "staff", "contact", "worker")),
    _rule("social security number", "ssn, social security number", TEXT, "ssn",
          "a social security number"),
    _rule("gender", "gender, sex", TEXT, "choice", "one of two", values=("female", "male")),
    _rule("letter of a gender", "gender, sex", TEXT, "choice", "one of two letters",
          values=("F", "M")),
    _rule("date of birth", "birth date, date of birth, dob, birthday, born on, birth", ("date",),
          "date_of_birth", "the birthday of a grown-up"),
    _rule("age", "age", WHOLE, "int_range", "years of a grown-up", min=18, max=90),
)  # fmt: skip

PLACES = (
    _rule("city", "city, town", TEXT, "city", "a city, that of the row's address"),
    _rule("name of a city", "name", TEXT, "city", "the name of a city", of=("city", "town")),
    _rule("state", "state, province, region", TEXT, "state",
          "the state of an address, as a city or a postal code stands beside it",
          beside=("city", "town", "zip", "zip code", "postal code", "postcode")),
    _rule("name of a state", "name", TEXT, "state", "the name of a state",
          of=("state", "province", "region")),
    _rule("code of a state", "code, abbreviation, abbr", TEXT, "state_code",
          "the letters of a state", of=("state", "province", "region")),
    _rule("postal code", "zip, zip code, postal code, postcode", TEXT, "zip_code",
          "a postal code, that of the row's city"),
    _rule("code of a country", "code, iso, iso code, abbreviation", TEXT, "country_code",
          "the letters of a country", of=("country", "nationality", "nation")),
    _rule("short country", "country, nationality", TEXT, "country_code",
          "two characters hold the letters of a country", length=2),
    _rule("country", "country", TEXT, "country", "a country"),
    _rule("name of a country", "name", TEXT, "country", "the name of a country",
          of=("country", "nation")),
    _rule("address", "address, street, street address, address line, addr", TEXT, "address",
          "a street and a number"),
    _rule("latitude", "latitude, lat", (*FRACTION, "text"), "latitude", "degrees of latitude"),
    _rule("longitude", "longitude, lng, lon, long", FRACTION, "longitude",
          "degrees of longitude"),
    _rule("time zone", "time zone, timezone, tz", TEXT, "time_zone", "a time zone by name"),
)  # fmt: skip

TRADE = (
    _rule("company", "company, company name, organization, organisation, employer, supplier, "
          "vendor, manufacturer, merchant", TEXT, "company", "the name of a company"),
    _rule("name of a company", "name, legal name", TEXT, "company", "the name of a company",
          of=COMPANY),
    _rule("name of a product", "name, title", TEXT, "product_name", "the name of a product",
          of=PRODUCT),
    _rule("sku", "sku, stock keeping unit", TEXT, "sku", "a stock keeping unit"),
    _rule("code of a product", "code, number", TEXT, "sku", "the code of a product", of=PRODUCT),
    _rule("category", "category, category name", TEXT, "category", "a category of products",
          of=PRODUCT),
    _rule("name of a category", "name", TEXT, "category", "the name of a category",
          of=("category",)),
    _rule("price", "price, unit price, list price, sale price, retail price", NUMBER, "price",
          "what a product costs"),
    _rule("small price", "price", NUMBER, "decimal_range",
          "a price that a short type holds", min=0.5, max=9),
    _rule("whole price", "price", WHOLE, "int_range", "a price that a short type holds",
          min=1, max=100),
    _rule("salary", "salary, annual income, income", NUMBER, "decimal_range",
          "what a person earns in a year", min=18000, max=400000,
          distribution={"type": "lognormal", "median": 55000, "sigma": 0.5}),
    _rule("interest rate", "interest rate", ("decimal",), "interest_rate",
          "the interest of a loan, in percent"),
    _rule("tax rate", "tax rate, vat rate, discount rate, discount percent, vat, tax percent",
          FRACTION, "decimal_range", "a percentage of a price", min=0, max=25),
    _rule("amount", "amount, total, subtotal, cost, fee, balance, revenue, payment, budget, "
          "grand total, total price, tax, discount", FRACTION, "decimal_range",
          "an amount of money", min=1, max=10000,
          distribution={"type": "lognormal", "median": 80, "sigma": 1}),
    _rule("quantity", "quantity, qty, units", WHOLE, "int_range", "how many, mostly a few",
          min=1, max=20, distribution={"type": "exponential", "mean": 2, "start": 1}),
    _rule("stock", "stock, stock quantity, in stock, inventory, on hand, quantity on hand",
          WHOLE, "int_range", "how many are in stock", min=0, max=500),
    _rule("code of a currency", "currency code, currency", TEXT, "currency_code",
          "three characters hold the letters of a currency", length=3),
    _rule("code of a currencies table", "code, iso, iso code", TEXT, "currency_code",
          "the letters of a currency", of=("currency",)),
    _rule("currency", "currency", TEXT, "currency_code", "the letters of a currency"),
    _rule("name of a currency", "name", TEXT, "currency", "the name of a currency",
          of=("currency",)),
    _rule("account number", "iban", TEXT, "iban", "an account number with its check digits"),
)  # fmt: skip

INTERNET = (
    _rule("url", "url, uri, website, web site, homepage, home page, link, permalink", TEXT, "url",
          "an address of a page"),
    _rule("slug", "slug, handle", TEXT, "slug", "words of an address"),
    _rule("ip address", "ip, ip address, ip addr, ipv4, ipv4 address, remote addr, client ip", TEXT,
          "ip_address", "an address of a machine"),
    _rule("ipv6", "ipv6, ipv6 address", TEXT, "ip_address", "an address of a machine", version=6),
    _rule("mac address", "mac, mac address", TEXT, "mac_address", "an address of a network card"),
    _rule("domain", "domain, domain name, host, host name", TEXT, "domain",
          "an internet domain"),
    _rule("user agent", "user agent, useragent", TEXT, "user_agent", "what a browser says it is"),
    _rule("file name", "file name, filename, attachment", TEXT, "file_name", "the name of a file"),
    _rule("mime type", "mime type, content type, mimetype, media type", TEXT, "mime_type",
          "the kind of a file"),
    _rule("uuid", "uuid, guid", TEXT, "uuid", "a UUID"),
    _rule("id as text", "id", TEXT, "uuid", "36 characters hold a UUID", length=36),
    _rule("port", "port", WHOLE, "int_range", "a port", min=1024, max=65535),
)  # fmt: skip

STATES = (
    _rule("status of an order", "status, state, order status", TEXT, "order_status",
          "the state of an order", of=("order", "purchase")),
    _rule("status of work", "status, state", TEXT, "choice", "the state of a piece of work",
          of=_words("task ticket issue job project todo case request incident story bug"),
          values=("open", "in_progress", "blocked", "done")),
    _rule("status of a payment", "status, state", TEXT, "choice", "the state of a payment",
          of=_words("payment transaction invoice refund charge transfer bill"),
          values=("paid", "pending", "failed", "refunded")),
    _rule("status of a delivery", "status, state", TEXT, "choice", "the state of a delivery",
          of=_words("shipment delivery package shipping parcel"),
          values=("pending", "in_transit", "delivered", "returned")),
    _rule("status of a text", "status, state", TEXT, "choice", "the state of what is published",
          of=_words("post article page comment document story review campaign"),
          values=("published", "draft", "archived")),
    _rule("status", "status, state", TEXT, "choice", "a state of anything",
          values=("active", "pending", "inactive")),
    _rule("short status", "status, state", TEXT, "choice", "a state as a letter",
          values=("A", "P", "I")),
    _rule("status as a number", "status, state", WHOLE, "int_range", "a state as a number",
          min=0, max=3),
    _rule("priority", "priority, severity", TEXT, "choice", "how urgent it is",
          values=("low", "normal", "high", "urgent")),
    _rule("switched on", "active, enabled, verified, confirmed, visible, available, approved",
          ("boolean",), "weighted_boolean", "true in most rows", true_weight=0.9),
    _rule("switched off", "deleted, archived, blocked, banned, locked, disabled, hidden, "
          "cancelled, canceled, admin, superuser, suspended", ("boolean",), "weighted_boolean",
          "true in few rows", true_weight=0.05),
)  # fmt: skip

NUMBERS = (
    _rule("percentage", "percent, percentage, pct, progress, completion", NUMBER, "decimal_range",
          "a share of a hundred", min=0, max=100),
    _rule("rate", "rate, ratio, probability, confidence, share, fraction, percent, percentage, pct",
          FRACTION, "decimal_range", "a share of one", min=0, max=1),
    _rule("year", "year, yr", WHOLE, "int_range", "a year", min=1990, max=2024),
    _rule("month", "month", WHOLE, "int_range", "a month", min=1, max=12),
    _rule("day", "day, day of month", WHOLE, "int_range", "a day that every month has",
          min=1, max=28),
    _rule("day of the week", "day of week, weekday, dow", WHOLE, "int_range",
          "a day from Monday", min=1, max=7),
    _rule("hour", "hour", WHOLE, "int_range", "an hour", min=0, max=23),
    _rule("minute", "minute, second", WHOLE, "int_range", "a minute or a second", min=0, max=59),
    _rule("rating", "rating, stars", NUMBER, "decimal_range", "one to five stars", min=1, max=5),
    _rule("score", "score, points", NUMBER, "decimal_range", "points of a hundred",
          min=0, max=100),
    _rule("credit score", "credit score, fico, fico score", WHOLE, "credit_score",
          "a credit score"),
    _rule("importance", "priority, severity, level, rank, grade", WHOLE, "int_range",
          "one to five", min=1, max=5),
    _rule("position", "position, sort order, display order, ordinal, sequence, sort", WHOLE,
          "int_range", "a place in a list", min=1, max=100),
    _rule("count", "count, views, view count, likes, clicks, downloads, hits, visits", WHOLE,
          "int_range", "how many, mostly few", min=0, max=10000,
          distribution={"type": "exponential", "mean": 200}),
    _rule("small count", "count", WHOLE, "int_range", "how many", min=0, max=100),
    _rule("duration", "duration, seconds, minutes, duration seconds, duration minutes", WHOLE,
          "int_range", "how long", min=1, max=3600),
    _rule("size", "size, bytes, file size, size bytes", WHOLE, "int_range", "bytes of a file",
          min=100, max=10_000_000,
          distribution={"type": "lognormal", "median": 80000, "sigma": 1.5}),
    _rule("weight", "weight, weight kg", FRACTION, "decimal_range", "kilograms", min=0.1, max=99),
    _rule("version", "version, revision", WHOLE, "int_range", "a version", min=1, max=20),
)  # fmt: skip

TEXTS = (
    _rule("color as digits", "hex, color, colour", TEXT, "color",
          "seven characters hold a colour's digits", length=7, hex=True),
    _rule("color", "color, colour", TEXT, "color", "the name of a colour"),
    _rule("language", "language, lang, language code", TEXT, "language_code",
          "the letters of a language"),
    _rule("code of a language", "code", TEXT, "language_code", "the letters of a language",
          of=("language",)),
    _rule("description", "description, bio, about, summary, notes, note, comment, comments, "
          "remarks, message, body, content, details, abstract, excerpt, caption, feedback", TEXT,
          "paragraph", "sentences, as many as fit"),
    _rule("short description", "description, summary, note, notes, comment, message, caption, "
          "body, content", TEXT, "phrase", "a few words, as no sentence fits"),
    _rule("title", "title, subject, headline, heading, label, topic", TEXT, "phrase",
          "a few words"),
    _rule("name", "name", TEXT, "phrase", "the name of anything: a few words"),
    _rule("tag", "tag, keyword", TEXT, "word", "a word"),
    _rule("code", "code, reference, ref, reference number, serial number, tracking number, "
          "order number, invoice number, confirmation number", TEXT, "pattern",
          "letters and digits", pattern="??-######"),
    _rule("short code", "code, ref", TEXT, "pattern", "letters and digits", pattern="??-##"),
)  # fmt: skip

_MADE = ("created", "inserted", "registered", "joined", "added")
_STARTED = ("started", "start", "begin", "opened", "hired", "hire", "from", "issued", "issue")
_ORDERED = ("ordered", "order", "placed", "purchased", "purchase")

TIMES = (
    _rule("made", "created, inserted, registered, joined, added, ordered, placed, started, opened",
          TIME, "past", "it lies in the year before as-of"),
    _rule("changed", "updated, modified, changed, edited, last login, last seen, last active, "
          "last updated, last modified, update, modification", TIME, "after",
          "a change comes after the row was made", after=_MADE),
    _rule("deleted", "deleted, archived, removed, banned, suspended", TIME, "after",
          "few rows end, after they were made", after=_MADE, nulls=0.9),
    _rule("delivered", "delivered, received, delivery, arrived, returned", TIME, "after",
          "a delivery comes after it was sent or ordered", max_days=14,
          after=("shipped", "sent", "departed", *_ORDERED, *_MADE)),
    _rule("shipped", "shipped, sent, dispatched, ship, paid, confirmed, refunded", TIME, "after",
          "it comes after the order", after=(*_ORDERED, *_MADE), max_days=14),
    _rule("ended", "ended, end, closed, completed, finished, resolved, cancelled, canceled, to, "
          "until, finish, close, termination, terminated, checked out, check out", TIME, "after",
          "an end comes after its start",
          after=(*_STARTED, "checked in", "check in", *_ORDERED, *_MADE)),
    _rule("reviewed", "approved, published, reviewed, verified, processed, accepted, read, sent",
          TIME, "after", "it comes after the row was made", after=_MADE),
    _rule("expires", "expires, expiry, expiration, due, scheduled, next, valid until",
          ("timestamp",), "timestamp_future", "it lies ahead"),
)  # fmt: skip
"""
Endings without `at`, `on`, `date` and `time`, which say nothing but the type.

The generator `after` is `date_after` or `timestamp_after`, as the type is, and `past` likewise.
"""

RULES = (*PEOPLE, *PLACES, *TRADE, *INTERNET, *STATES, *NUMBERS, *TEXTS, *TIMES)
"""All but those of credentials. Of those that match the longest ending goes first, then `of`."""
