"""WRITE: the only code that changes stock. Books are appended; a mistake is a reversal that names it."""
