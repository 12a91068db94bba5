"""Every kind of case there is, in one place: what storage, the API and the list of kinds are made from."""
