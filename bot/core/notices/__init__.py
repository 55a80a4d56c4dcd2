"""What people are told about limits and spending without having asked."""
