"""A real cluster on loopback: PostgreSQL nodes under Patroni, etcd, several application hosts, and what may befall them."""
