"""What opens the sandbox's identity provider and its register. Known to everybody: they open it alone.

They stand apart so that `kabinet run`, which hands them to its processes, need not load the sandbox.
"""

IDENTITY_CLIENT_ID = "kabinet"
IDENTITY_CLIENT_SECRET = "kabinet-demo-identity"  # noqa: S105 - see above
REGISTER_TOKEN = "kabinet-demo-register"  # noqa: S105 - see above
