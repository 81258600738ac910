"""What orders are made of: regions, countries, the alphabet, who stands, and lines moved by hand."""
