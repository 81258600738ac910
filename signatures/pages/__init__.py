"""What an organisation meets: the form, the confirmation, the receipt, and its own entry."""
