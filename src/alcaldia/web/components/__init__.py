"""Shared pieces of pages: layout, fields, theme, error pages, security headers."""
