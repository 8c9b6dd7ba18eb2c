"""What a running bot needs of the machine: time, chance, logs, delivery, and a door for webhooks."""
