"""Payment registries: files in which banks and agents tell what was paid to them (реестры платежей)."""
