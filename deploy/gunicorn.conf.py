"""How gunicorn serves the register; `--bind` and the application stand on its command line."""

from __future__ import annotations

import os

worker_class = "signatures.web.worker.Worker"  # gthread that outlives a moment without files
workers = int(os.environ.get("SIGNATURES_WORKERS", "2"))
threads = int(os.environ.get("SIGNATURES_THREADS", "8"))
# A database that was opened before a fork is refused: each worker opens its own.
preload_app = False

# Nothing but HTTP: no control socket that another user of the machine could speak to.
control_socket_disable = True
proc_name = "signatures"
umask = 0o077
# The heartbeat file would otherwise wait for a slow disk, and the worker be taken for dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

timeout = 60
graceful_timeout = 15
keepalive = 5

# Bodies are limited by the app, which answers 413; here the head of a request.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Addresses of people and secret links stand in requests, so none is logged; the proxy in front may count them.
accesslog = None
errorlog = "-"
logger_class = "signatures.logs.Journal"  # lines of JSON, as `signatures serve` writes them
loglevel = "warning"
# How many proxies are believed is said once, in SIGNATURES_TRUSTED_PROXIES; gunicorn believes none.
forwarded_allow_ips = ""
