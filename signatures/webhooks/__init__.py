"""Webhooks: who asked to be told what is recorded, what is told to them, and how it reaches nobody else."""
