"""The demo: invented accounts through the same imports as real ones, and people to sign in as."""
