"""The on-device part: cameras in, aggregated emotion events out.

Importing this package is free of side effects and of heavy imports: OpenCV, the TFLite
runtime and MQTT are each imported by the one module that uses them.
"""

__version__ = "0.1.0"
