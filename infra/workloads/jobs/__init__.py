"""Jobs that prepare database and broker before any pod needs them."""
