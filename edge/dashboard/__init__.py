"""The live dashboard (``emotion-edge dashboard``): a web page fed by MQTT, with history (extra ``dashboard``)."""
