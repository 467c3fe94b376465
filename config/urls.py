"""All addresses of the site."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path

from config import health
from config.static import favicon
from workflows.rest import views_schema

admin.site.site_header = admin.site.site_title = "Countersign"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("favicon.ico", favicon, name="favicon"),
    path("accounts/login/", auth_views.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/schema/", views_schema.Schema.as_view(), name="schema"),
    path("api/docs/", login_required(views_schema.Docs.as_view()), name="docs"),
    path("api/v1/", include("workflows.rest.urls")),
    path("api/v1/", include("approvals.rest.urls")),
    path("", include("approvals.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
