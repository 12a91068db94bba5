"""A small town lives for a month in one process, on a real database and by a seed: `kabinet simulate`.

chance.py draws, crashes.py is where things die, bank.py the provider of payments, world.py the product,
town.py who lives there, scheduler.py what happens when; outside.py, residents.py, agents.py, billing.py
and office.py (with cases.py) act; checks.py looks; play.py is a whole run.
"""
