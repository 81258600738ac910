"""What proves the log: its Merkle tree, signed checkpoints, witnesses, receipts, and what follows a loss."""
