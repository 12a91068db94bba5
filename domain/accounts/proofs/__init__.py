"""Closing business days so that anyone can check them: seals, the tree over them, roots, proofs."""
