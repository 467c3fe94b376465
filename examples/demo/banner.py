"""Tell the people of the demo that nothing here is real, and newcomers who they are."""

from collections.abc import Sequence

from django.http import HttpRequest

from . import people


def demo_data(request: HttpRequest) -> dict[str, object]:
    """For templates: whether the reader signed in with an account of the demo, and for
    the page to sign in, as whom one can.
    """

    def is_demo_account() -> bool:
        # A page about a bad request is drawn before anybody is known.
        user = getattr(request, "user", None)
        return getattr(user, "email", "").endswith(f"@{people.DOMAIN}")

    def sign_ins() -> Sequence[people.Person]:
        return people.who_can_sign_in()

    return {"demo_data": is_demo_account, "demo_people": sign_ins}
