"""Rows straight into a database: its tables, its ledger of what is in, and who brings the rows."""
