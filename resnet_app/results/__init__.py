"""What a finished run came to: computed in a process of its own, kept with the run, compared."""
