"""Random programs, composed of statements, through every oracle: `python -m tests.fuzz --count 100 --seed 0`."""
