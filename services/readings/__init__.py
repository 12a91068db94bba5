"""Readings: sent, judged, insisted on, decided, used in bills."""
