"""DECIDE: values in; a value or a refusal out. No database, no web, no clock, no file, no network."""
