"""What is recorded of a drive: who has chosen what, and the listener that tells the recorder of incidents."""
