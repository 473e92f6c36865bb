"""What the folders agree on: labels, face sets, the face tensor, the bundle manifest, strict YAML.

What training, convert and deploy import of ``edge``, beside errors, data types and the runners that
they measure.
"""
