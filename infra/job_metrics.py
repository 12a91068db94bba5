"""What workers count. In several processes the figures meet in PROMETHEUS_MULTIPROC_DIR."""

from prometheus_client import Counter, Histogram

RUNS = Counter("kabinet_job_runs_total", "Runs of jobs by what came of them", ["kind", "outcome"])
RUN_SECONDS = Histogram(
    "kabinet_job_run_seconds",
    "How long a run of a job takes",
    ["kind"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
