"""The hub's own words for the things of the core."""

from __future__ import annotations

from emulator.core.jobs import Status

WORDS = {
    Status.QUEUED: "queued",
    Status.RUNNING: "processing",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
}
STATUSES = {word: status for status, word in WORDS.items()}

ENVELOPE = frozenset({"num_generations", "response_format"})
"""Fields of a submit that speak to the hub, not to the model."""

OWN = frozenset(
    {
        "generation_id",
        "model_name",
        "media_type",
        "status",
        "result_url",
        "error_message",
        "enqueued_at",
        "started_at",
        "completed_at",
        "target_namespace",
        "target_repo",
        "target_directory",
        "error_retryable",
        "cost",
        "user_id",
        "username",
        "user_image",
    }
)
"""Keys of a row that no echoed parameter may take."""
