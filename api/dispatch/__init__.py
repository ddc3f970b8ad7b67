"""What the coordinators' board asks for: the city, sites, people, alerts, runs and the schedule."""
