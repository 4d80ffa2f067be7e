"""
The registry of generators: every one by the names a schema may use.

A family's module is imported when one of its generators is first asked for, so that a run pays for
the families its schema names. Asking for all of them imports all; asking for names, none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from shardgen.generators.generator import Generator

    G = TypeVar("G", bound=type[Generator])

FAMILIES = {
    "arrays": ("array",),
    "by_name": ("by_type", "auto"),
    "choice": ("enum", "weighted", "choice", "constant"),
    "codes": (
        *("currency_code", "currency", "language_code", "time_zone", "color"),
        *("latitude", "longitude", "iban"),
    ),
    "companies": ("company", "company_name", "domain", "company_email"),
    "times": (
        *("date_past", "timestamp_past", "timestamp_future", "date_between", "timestamp_between"),
        *("date_of_birth", "maturity_date"),
    ),
    "datasets": ("dataset",),
    "derived": ("expression",),
    "internet": (
        *("url", "slug", "file_name", "mime_type", "ip_address", "mac_address", "user_agent"),
        "placeholder_secret",
    ),
    "json_objects": ("json_object",),
    "numbers": (
        *("int_range", "decimal_range", "float_range", "boolean", "weighted_boolean"),
        *("boolean_random", "uuid", "ordinal", "sequence"),
    ),
    "fintech": (
        *("loan_amount", "annual_income", "credit_score", "interest_rate", "loan_status"),
        *("loan_term", "employment_status", "credit_bureau", "loan_number"),
    ),
    "healthcare": (
        *("diagnosis_code", "diagnosis", "medication", "visit_type", "insurance_provider"),
    ),
    "patterns": ("pattern",),
    "regexes": ("regex",),
    "payments": (
        *("payment_number", "payment_date", "payment_status", "payment_amount"),
        *("payment_principal", "payment_interest"),
    ),
    "people": ("first_name", "last_name", "full_name", "email", "username", "job_title"),
    "identity": ("password", "phone", "ssn", "ssn_last_4"),
    "retail": ("category", "price", "sku", "order_status"),
    "places": (*("city", "state", "zip_code", "country", "country_code", "state_code", "address"),),
    "address_units": ("secondary_address",),
    "time_ordered": ("snowflake",),
    "rare_types": ("time_between", "random_bytes", "random_bits", "spelled"),
    "ranges": ("range",),
    "dates_after": ("date_after", "timestamp_after"),
    "texts": (
        *("word", "phrase", "sentence", "text", "paragraph", "lorem_paragraph", "lorem_ipsum"),
        "product_name",
    ),
}
"""The built-in generators by the module of this package that registers them."""
PREFIXES = {"faker.": ("faker_methods", "FakerMethod")}
"""
What the names of a family begin with whose names are too many to list: its module and generator.

The rest of such a name is the parameter `method` of that generator.
"""
_PACKAGE = "shardgen.generators.families"


def prefix_of(name: str) -> str:
    """Return the prefix of a family that a name begins with; "" for all other names."""
    return next((prefix for prefix in PREFIXES if name.startswith(prefix)), "")


class Registry(Mapping[str, "type[Generator]"]):
    """
    The generators by name: the built-in ones, and those that plugins add.

    It has every name with a prefix such as `faker.` too; they are not listed.
    """

    def __init__(self) -> None:
        """Begin with the names of the built-in ones; nothing is imported yet."""
        self._homes = {n: f"{_PACKAGE}.{home}" for home, names in FAMILIES.items() for n in names}
        self._kinds: dict[str, type[Generator] | None] = dict.fromkeys(self._homes)

    def __getitem__(self, name: str) -> type[Generator]:
        """Return the generator of that name; KeyError when there is none."""
        prefix = prefix_of(name)
        if prefix:
            home, class_name = PREFIXES[prefix]
            found: type[Generator] = getattr(import_module(f"{_PACKAGE}.{home}"), class_name)
            return found
        kind = self._kinds[name]
        if name in self._homes:  # each time: another thread may be in the midst of importing it
            import_module(self._homes[name])
            kind = self._kinds[name]
        assert kind is not None, f"{self._homes[name]} registers {name!r}, as a test holds"
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def __contains__(self, name: object) -> bool:
        return name in self._kinds or (isinstance(name, str) and prefix_of(name) != "")

    def add(self, name: str, kind: type[Generator]) -> None:
        """
        Register a generator; ValueError when the name is taken, by one not yet imported too.

        The class of a module that is imported again, as after Ctrl-C, takes its own place.
        """
        self.check_free(name, kind)
        self._kinds[name] = kind

    def check_free(self, name: str, kind: type[Generator]) -> None:
        """Raise ValueError when another generator has the name."""
        if name not in self._kinds:
            return
        known = self._kinds[name]
        if known is None:
            is_own = self._homes[name] == kind.__module__
        else:
            is_own = (known.__module__, known.__qualname__) == (kind.__module__, kind.__qualname__)
        if not is_own:
            msg = f"two generators are named {name!r}: {known or self[name]!r} and {kind!r}"
            raise ValueError(msg)

    def has_kind(self, kind: type[Generator]) -> bool:
        """Return whether the generator is registered, under any name."""
        return any(kind is registered for registered in self._kinds.values())


GENERATORS = Registry()
"""Every generator by the name a schema uses."""


def generator(*names: str) -> Callable[[G], G]:
    """
    Register a generator under the names a schema may use; the first is its own.

    ValueError when one of them is taken, and then none is registered.
    """

    def register(kind: G) -> G:
        for name in names:  # all of them or none
            GENERATORS.check_free(name, kind)
        for name in names:
            GENERATORS.add(name, kind)
        return kind

    return register
