"""Procedural painting: a brush, palettes, and one module for each family of styles."""
