"""The live app: sources, pipeline, alert policy, journal, replay, report, dashboard. Never torch, never `train`."""
