"""What leaves the machine about a drive: incidents to an MQTT broker or a webhook, figures to whoever asks for them.

Incidents come from the store's outbox, one `Sender` and thread a receiver, so that nothing is lost while nobody can be
reached, and no drive waits. `opening` puts it together from a settings file.
"""
