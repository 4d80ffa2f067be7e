"""SQL: how each database writes names, values and tables, and the text around a dump's rows."""
