"""Names of things on the internet: their forms, where they lead, and that unique ones differ."""

from __future__ import annotations

import ipaddress
import re

import pytest
from support.tables import values_of

FORMS = {
    "url": r"https://[a-z]+\.example/[a-z]+",
    "slug": r"[a-z]+-[a-z]+",
    "file_name": r"[a-z]+-[a-z]+\.[a-z0-9]{3,4}",
    "mime_type": r"[a-z]+/[a-z0-9]+",
    "mac_address": r"02(:[0-9a-f]{2}){5}",
    "user_agent": r"Mozilla/5\.0 \(.+\) AppleWebKit/537\.36 .+ Chrome/1\d\d\.0.+",
    "placeholder_secret": r"not-a-secret-\d{4,}",
}


@pytest.mark.parametrize("name", FORMS)
def test_the_form_of_a_value(name):
    """Every value is of the form that the generator's docstring shows."""
    values = values_of(2000, type="varchar(200)", generator=name)
    assert all(re.fullmatch(FORMS[name], value) for value in values)
    assert len(set(values)) > 5


@pytest.mark.parametrize("name", ["url", "slug", "file_name", "ip_address", "mac_address"])
def test_unique_ones_differ(name):
    """No value comes twice, and each is still of its form."""
    values = values_of(50_000, type="varchar(60)", generator=name, unique=True)
    assert len(set(values)) == 50_000


@pytest.mark.parametrize(
    ("name", "length", "form"),
    [
        ("url", 24, r"https://c\.example/\d{4}"),
        ("slug", 8, r"p\d{4}"),
        ("file_name", 12, r"f\d{4}\.bin"),
        ("placeholder_secret", 12, r"fake-\d{4}"),
        ("placeholder_secret", 6, r"\d{4}"),
    ],
)
def test_short_columns_have_short_forms(name, length, form):
    """Nothing is cut: a form that is too long gives way to a shorter one."""
    values = values_of(500, type=f"varchar({length})", generator=name)
    assert all(re.fullmatch(form, value) for value in values)


def test_addresses_of_machines_are_private():
    """Version 4 is of a private network, version 6 of those for documentation."""
    for value in values_of(1000, type="varchar(15)", generator="ip_address"):
        assert ipaddress.IPv4Address(value).is_private
    six = {"generator": "ip_address", "generator_params": {"version": 6}}
    documented = ipaddress.ip_network("2001:db8::/32")
    for value in values_of(1000, type="varchar(39)", **six):
        assert ipaddress.IPv6Address(value) in documented
