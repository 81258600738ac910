"""What comes in through the form, and who may write: personal data stays here."""
