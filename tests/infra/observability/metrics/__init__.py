"""What is measured, how long it is kept, and the charts that do it."""
