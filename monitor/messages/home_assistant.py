"""The monitor as a device of Home Assistant, by its MQTT discovery: one retained message that has all entities."""

from __future__ import annotations

from engines.command import software_versions

_EXPIRES_S = 90
"""A state that is older says nothing any more; it is published every 30 s."""

_EVENT = (
    "{{ {'event_type': value_json.type, 'id': value_json.id, 'tier': value_json.tier, "
    "'activity': value_json.activity, 'at': value_json.at, 'end_s': value_json.end_s} | to_json }}"
)


def discovery(topic: str, name: str, prefix: str) -> tuple[str, dict[str, object]]:
    """The topic and the content of the device's configuration.

    Args:
        topic: below which the monitor's topics lie.
        name: of the monitor: letters, digits, ``-`` and ``_``.
        prefix: where Home Assistant looks for devices.
    """
    uid, version = f"driver-monitor-{name}", software_versions()["driver-monitor"]
    incident: dict[str, object] = {"platform": "event", "state_topic": f"{topic}/incidents", "value_template": _EVENT}
    components: dict[str, dict[str, object]] = {
        "alert": _switch("Alert", "alert", device_class="problem"),
        "tier": _sensor("Tier", "tier", device_class="enum", options=["none", "caution", "warning", "critical"]),
        "activity": _sensor("Activity", "activity_title", icon="mdi:account-eye"),
        "under_alert": _sensor(
            "Time under alert",
            "under_alert_s",
            device_class="duration",
            unit_of_measurement="s",
            state_class="total_increasing",
        ),
        "incidents": _sensor("Incidents", "incidents", state_class="total_increasing", icon="mdi:counter"),
        "last_incident": {
            **_sensor("Last incident", "last_incident.at", device_class="timestamp"),
            "json_attributes_topic": f"{topic}/state",
            "json_attributes_template": "{{ value_json.last_incident | to_json }}",
        },
        "incident": {**incident, "name": "Incident", "event_types": ["new", "update", "end"]},
        "watching": _switch("Watching", "watching", device_class="running"),
        "camera_fault": _switch("Camera fault", "camera_fault", device_class="problem", entity_category="diagnostic"),
        "health": _sensor("Health", "health", entity_category="diagnostic", icon="mdi:heart-pulse"),
        "fps": _sensor(
            "Frames a second",
            "fps",
            unit_of_measurement="fps",
            state_class="measurement",
            entity_category="diagnostic",
        ),
    }
    return f"{prefix}/device/{uid}/config", {
        "device": {
            "identifiers": [uid],
            "name": f"Driver monitor {name}",
            "model": "Driver monitor",
            "sw_version": version,
        },
        "origin": {"name": "driver-monitor", "sw_version": version},
        "availability_topic": f"{topic}/availability",
        "payload_available": "online",
        "payload_not_available": "offline",
        "state_topic": f"{topic}/state",
        "qos": 1,
        "components": {
            key: {**component, "unique_id": f"{uid}-{key}"} | _expiry(component)
            for key, component in components.items()
        },
    }


def _sensor(name: str, value: str, **more: object) -> dict[str, object]:
    return {"platform": "sensor", "name": name, "value_template": f"{{{{ value_json.{value} }}}}", **more}


def _switch(name: str, value: str, **more: object) -> dict[str, object]:
    template = f"{{{{ 'ON' if value_json.{value} else 'OFF' }}}}"
    return {"platform": "binary_sensor", "name": name, "value_template": template, **more}


def _expiry(component: dict[str, object]) -> dict[str, object]:
    return {} if component["platform"] == "event" else {"expire_after": _EXPIRES_S}
