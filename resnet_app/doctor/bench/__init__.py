"""How good is the doctor? Runs with known faults, sound runs, and runs that only look ill."""
