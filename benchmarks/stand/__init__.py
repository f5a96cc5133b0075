"""What benchmarks stand on: servers and processes of their own, a cast of agents, and a door into the ledger."""
