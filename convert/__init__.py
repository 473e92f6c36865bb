"""From a trained ``model.keras`` to a verified TFLite bundle that a device can run."""
