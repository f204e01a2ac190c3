"""The device as Home Assistant's documentation asks for it (MQTT discovery, and the integrations of each platform)."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.messages.drive_state import DriveState
from monitor.messages.home_assistant import discovery

AVAILABILITY = {"availability", "availability_mode", "availability_template", "availability_topic"}
PAYLOADS = {"payload_available", "payload_not_available"}
DEVICE = {
    "configuration_url", "connections", "hw_version", "identifiers", "manufacturer", "model", "model_id", "name",
    "serial_number", "suggested_area", "sw_version", "via_device",
}  # fmt: skip
ORIGIN = {"name", "sw_version", "support_url"}
SHARED = {"device", "origin", "components", "state_topic", "command_topic", "qos", "encoding"} | AVAILABILITY | PAYLOADS
COMMON = AVAILABILITY | PAYLOADS | {
    "platform", "name", "unique_id", "icon", "entity_category", "enabled_by_default", "entity_picture", "device_class",
    "json_attributes_topic", "json_attributes_template", "state_topic", "value_template", "qos", "encoding",
    "default_entity_id",
}  # fmt: skip
OPTIONS = {
    "binary_sensor": COMMON | {"expire_after", "force_update", "off_delay", "payload_on", "payload_off"},
    "sensor": COMMON
    | {"expire_after", "force_update", "last_reset_value_template", "options", "state_class"}
    | {"suggested_display_precision", "unit_of_measurement"},
    "event": COMMON | {"event_types"},
}
CLASSES = {
    "binary_sensor": {"problem", "running", "connectivity", "safety"},
    "sensor": {"duration", "enum", "timestamp", "temperature", "data_size"},
    "event": {"button", "doorbell", "motion"},
}
STATE_CLASSES = {"measurement", "total", "total_increasing"}

TOPIC, CONTENT = discovery("driver-monitor/car-7", "car-7", "homeassistant")
COMPONENTS: dict[str, dict[str, Any]] = CONTENT["components"]  # type: ignore[assignment]


def test_the_device_is_configured_by_one_message_with_what_is_required() -> None:
    assert TOPIC == "homeassistant/device/driver-monitor-car-7/config"
    assert set(CONTENT) <= SHARED and {"device", "origin", "components"} <= set(CONTENT)
    device, origin = CONTENT["device"], CONTENT["origin"]
    assert isinstance(device, dict) and set(device) <= DEVICE and device["identifiers"]
    assert isinstance(origin, dict) and set(origin) <= ORIGIN and origin["name"]
    assert not ({"availability"} & set(CONTENT)) or "availability_topic" not in CONTENT  # one or the other


@pytest.mark.parametrize("key", COMPONENTS)
def test_each_entity_has_what_its_platform_knows_and_nothing_else(key: str) -> None:
    component = COMPONENTS[key]
    platform = component["platform"]
    assert set(component) <= OPTIONS[platform] and component["unique_id"].startswith("driver-monitor-car-7-")
    assert component.get("device_class") in {None, *CLASSES[platform]}
    assert component.get("state_class") in {None, *STATE_CLASSES}
    assert component.get("entity_category") in {None, "diagnostic"}
    if "options" in component:  # of an enumeration, which has neither
        assert component["device_class"] == "enum" and not {"state_class", "unit_of_measurement"} & set(component)
    if component.get("device_class") == "duration":
        assert component["unit_of_measurement"] in {"d", "h", "min", "s", "ms"}
    if platform == "event":
        assert component["event_types"] == ["new", "update", "end"] and component["state_topic"]
    else:
        assert component.get("state_topic", CONTENT["state_topic"])


def test_ids_differ() -> None:
    ids = [component["unique_id"] for component in COMPONENTS.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("key", [key for key, component in COMPONENTS.items() if component["platform"] != "event"])
def test_each_entity_finds_its_value_in_the_state(key: str) -> None:
    from jinja2 import Environment, StrictUndefined

    template = Environment(undefined=StrictUndefined).from_string(COMPONENTS[key]["value_template"])
    value = template.render(value_json=DriveState().as_dict())
    if COMPONENTS[key]["platform"] == "binary_sensor":
        assert value == "OFF"
    if "options" in COMPONENTS[key]:
        assert value in COMPONENTS[key]["options"]


def test_an_incidents_message_becomes_an_event() -> None:
    import json

    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined)
    environment.filters["to_json"] = json.dumps  # as Home Assistant has it
    message = {
        "type": "new",
        "id": "a",
        "tier": "caution",
        "activity": "c1",
        "at": "2026-11-30T12:00:00+01:00",
        "end_s": None,
    }
    event = json.loads(environment.from_string(COMPONENTS["incident"]["value_template"]).render(value_json=message))
    assert event["event_type"] == "new" and event["id"] == "a"
