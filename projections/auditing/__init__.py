"""What an auditor checks of a bundle, on bare Python: nothing here needs the register, a network or any package."""
