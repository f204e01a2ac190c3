"""The replay view: any frame of a recording, its labels beside the predictions, and labelling by keyboard.

`player` decodes in a thread; `model` holds what is shown and knows no Qt; `controller` joins the two, and has the
network classify the drive in the background; the widgets listen to the model.
"""
