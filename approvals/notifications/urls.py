"""The addresses of notifications, part of those of the inbox."""

from django.urls import path, re_path

from approvals.notifications.views import links, outbox, preferences

urlpatterns = [
    path("preferences/notifications/", preferences.show, name="preferences"),
    path("outbox/", outbox.index, name="outbox"),
    path("outbox/<int:pk>/", outbox.show, name="outbox-mail"),
    path("outbox/<int:pk>/html/", outbox.html, name="outbox-html"),
    # Whatever somebody makes of a link has the same answer.
    re_path(r"^d/(?P<token>.*)$", links.show, name="link"),
]
