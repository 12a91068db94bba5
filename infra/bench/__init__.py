"""Measurements of the product, each beside its limit: the same work done barely, in the same run."""
