"""Use cases of the payment document."""
