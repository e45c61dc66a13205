"""Gates: what must have been done, and be on record, before a deployment may go on."""
