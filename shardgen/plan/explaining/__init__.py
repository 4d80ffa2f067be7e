"""Why a cell has its value: what its row, its column and its keys say of themselves."""
