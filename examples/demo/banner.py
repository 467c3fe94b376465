"""Tell the people of the demo that nothing here is real."""

from django.http import HttpRequest

from .people import DOMAIN


def demo_data(request: HttpRequest) -> dict[str, object]:
    """For templates: whether the reader signed in with an account of the demo."""

    def is_demo_account() -> bool:
        # A page about a bad request is drawn before anybody is known.
        user = getattr(request, "user", None)
        return getattr(user, "email", "").endswith(f"@{DOMAIN}")

    return {"demo_data": is_demo_account}
