"""Checks proofs, roots and whole days without Kabinet: Python's standard library and `cryptography` alone.

It shares no code with the part that makes them, so that one mistake cannot hide in both. Copy this folder
anywhere and run `python -m verifier FILE`.
"""
