"""What the tests of faults are made of: served registers that are killed, their clients, a recorded and simulated disk."""
