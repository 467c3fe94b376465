from django.apps import AppConfig


class ApprovalsRestConfig(AppConfig):
    """Tells the engine's API what an approval means for seeing and resuming runs."""

    name = "approvals.rest"
    label = "approvals_rest"
    verbose_name = "Approvals: REST API"

    def ready(self) -> None:
        from approvals.rest.guard import register

        register()
