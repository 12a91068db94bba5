"""How the data is spread when one machine no longer holds it, and the gate that keeps it spreadable.

tables.py declares every table; lint.py reads the catalogue of a plain database, migrations.py the files,
sql_texts.py the statements in the code. `kabinet shard --check` runs all three.
"""
