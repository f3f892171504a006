"""What makes a value right, and which mistake made it wrong."""
