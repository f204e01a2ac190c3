"""The desktop app. `state` and the modules it uses know no Qt; the widgets listen to it.

Who knows whom: `drive_worker` plays a source in a thread and leaves messages; `controller` takes them into `state`;
widgets read `state` and ask `controller` for things. Nothing here decides about alerts: see
`monitor.alerts.policy`.
"""
