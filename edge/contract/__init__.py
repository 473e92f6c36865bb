"""What the folders agree on: labels, face sets, the face tensor, the bundle manifest, strict YAML.

The only part of ``edge`` (with the measured runners) that training, convert and deploy import.
"""
