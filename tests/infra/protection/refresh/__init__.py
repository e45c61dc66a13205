"""The masked copy of production: its machine is run, its network, roles and keys are judged."""
