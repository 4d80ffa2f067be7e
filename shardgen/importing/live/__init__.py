"""A live database, described by its own catalog: PostgreSQL, MySQL and MariaDB, SQLite."""
