"""CHECK constraints → laws of the columns, by which every row meets them."""
