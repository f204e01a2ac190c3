"""What is recorded of a drive: encoded packets in memory, of which incidents become clips of the store."""
