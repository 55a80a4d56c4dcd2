"""What people said: a message is read in its turn (`readings`), and becomes orders (`plans`)."""
