"""Widgets and painting that know nothing of drives."""
