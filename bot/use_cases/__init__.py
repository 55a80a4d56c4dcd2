"""What people can do: order, press buttons, look things up, and administrate."""
