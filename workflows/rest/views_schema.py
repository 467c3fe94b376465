"""The OpenAPI document and the page to browse it; for people and programs signed in."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated

from workflows.rest.authentication import TokenAuthentication


class Schema(SpectacularAPIView):
    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]


class Docs(SpectacularSwaggerSplitView):
    """Its script has an address of its own, so it lives under a strict policy."""

    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]
    template_name = "rest/docs.html"
    url_name = "schema"
