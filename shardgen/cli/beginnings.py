"""The schemas that `shardgen init` writes, in the formats that have comments."""

from __future__ import annotations

_YAML = """\
# A schema of shardgen. `shardgen run {name}` writes its rows as SQL, `shardgen check {name}` says
# what is wrong with it, `shardgen generators` lists what makes values.
schema_version: "1.0"
name: shop
database_type: [postgres, mysql, sqlite]  # the first is the default of --dialect

tables:
  customers:
    rows: 1000  # another number for one run: --rows customers=50
    columns:
      id: int pk
      name: varchar(80) = full_name  # a generator stands after the =
      email: varchar(120) unique = email
      joined_at: timestamp rising = timestamp_past(days_ago_min=1, days_ago_max=900)

  orders:
    rows: 5000
    columns:
      id: int pk
      customer_id: int -> customers.id  # a foreign key; add `grouped` for orders side by side
      total: decimal(8,2) = decimal_range(min=5, max=900)
      note: varchar(200) null  # some are NULL; without a generator: by its name and type
      # The long form of a column, for what the short one does not say:
      status:
        type: varchar(10) default 'open' = weighted
        generator_params:
          values: [{value: paid, weight: 9}, {value: open, weight: 1}]
      placed_at: timestamp = timestamp_after(after=customer.joined_at)
    indexes:
      - {name: idx_orders_customer_id, columns: [customer_id]}
"""

_TOML = """\
# A schema of shardgen. `shardgen run {name}` writes its rows as SQL, `shardgen check {name}` says
# what is wrong with it, `shardgen generators` lists what makes values.
schema_version = "1.0"
name = "shop"
database_type = ["postgres", "mysql", "sqlite"] # the first is the default of --dialect

[tables.customers]
rows = 1000 # another number for one run: --rows customers=50

[tables.customers.columns]
id = "int pk"
name = "varchar(80) = full_name" # a generator stands after the =
email = "varchar(120) unique = email"
joined_at = "timestamp rising = timestamp_past(days_ago_min=1, days_ago_max=900)"

[tables.orders]
rows = 5000
indexes = [{name = "idx_orders_customer_id", columns = ["customer_id"]}]

[tables.orders.columns]
id = "int pk"
customer_id = "int -> customers.id" # a foreign key; add `grouped` for orders side by side
total = "decimal(8,2) = decimal_range(min=5, max=900)"
note = "varchar(200) null" # some are NULL; without a generator: by its name and type
# The long form of a column, for what the short one does not say:
status.type = "varchar(10) default 'open' = weighted"
status.generator_params.values = [{value = "paid", weight = 9}, {value = "open", weight = 1}]
placed_at = "timestamp = timestamp_after(after=customer.joined_at)"
"""

BEGINNINGS = {"yaml": _YAML, "toml": _TOML}
"""By format; `{name}` is the name of the file."""
