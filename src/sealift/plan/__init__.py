"""What to build: targets, outputs, the form of the code; every contradiction is reported here."""
