"""Meters, their readings, and what is found when a reading is judged."""
