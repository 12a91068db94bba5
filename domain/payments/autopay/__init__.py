"""Paying by itself: by a saved method, within a limit, told beforehand, stopped by one press."""
