"""From an event to the broker: payloads, the durable outbox, the publisher."""
