"""A small town lives for a month in one process, on a real database and by a seed: `kabinet simulate`.

chance.py draws, crashes.py is where things die, bank.py the provider of payments, world.py the product and the
town, scheduler.py what happens when; residents.py, agents.py, office.py and billing.py act; checks.py looks.
"""
