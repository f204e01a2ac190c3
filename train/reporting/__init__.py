"""What a run leaves behind: its record, metrics, plots, report and model card."""
