"""Importers: one file a foreign format, each to the word table."""
