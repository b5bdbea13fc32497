from django.conf import settings
from django.core.files.storage import default_storage
from django.urls import include, path
from django.views.static import serve


def media(request, path):
    return serve(request, path, document_root=default_storage.location)


urlpatterns = [
    path("", include("notes.urls")),
]

# The platform's local storage is a directory with no web server in front of it,
# so the application serves it, with DEBUG and without. Other storages (a bucket)
# give their files addresses of their own.
if settings.DEFAULT_STORAGE_DSN.startswith("file:"):
    urlpatterns.append(path("media/<path:path>", media, name="media"))
