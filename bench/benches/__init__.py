"""One module a measurement; each has run functions that take the Setup and return a Table."""
