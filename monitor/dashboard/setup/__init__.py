"""The settings: camera and mount, engine, alerts, appearance. Everything chosen here is saved.

`camera_page` is also what a new user meets first; `policy_form` is made from the policy's fields.
"""
