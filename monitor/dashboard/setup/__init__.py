"""The set-up view: camera and mount, engine, alerts, appearance. Everything chosen here is kept.

`camera_page` is also what a new user meets first; `policy_form` is made from the policy's own fields.
"""
