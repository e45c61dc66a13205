"""The refresh: the job in the quarantine, and the commands of people."""
