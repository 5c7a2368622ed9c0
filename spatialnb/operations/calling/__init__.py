"""What happens between asking for an operation and having its outcome."""
