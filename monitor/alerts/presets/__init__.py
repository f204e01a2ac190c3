"""How early alerts come, in three presets to choose from, so that nobody has to set the times one by one."""
