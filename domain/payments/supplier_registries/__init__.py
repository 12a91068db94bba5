"""Registries to suppliers: what was collected for each, a closed day at a time."""
