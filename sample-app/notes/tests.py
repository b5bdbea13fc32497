import io
import tempfile

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from PIL import Image

from .models import Note


def picture(name="dot.png"):
    content = io.BytesIO()
    Image.new("RGB", (4, 3), "teal").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


class NotesTestCase(TestCase):
    def setUp(self):
        media = self.enterContext(tempfile.TemporaryDirectory())
        storages = {
            "default": {
                "BACKEND": "django_storage_url.get_storage",
                "OPTIONS": {"dsn": f"file://{media}/?url=%2Fmedia%2F"},
            },
            # The names without hashes: the tests need no collectstatic.
            "staticfiles": {
                "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            },
        }
        self.enterContext(self.settings(STORAGES=storages))
        cache.clear()


class IndexTests(NotesTestCase):
    def test_without_notes(self):
        response = self.client.get("/")
        self.assertContains(response, "No notes yet")
        self.assertContains(response, "0 notes")

    def test_newest_first(self):
        for text in ("first", "second", "third"):
            Note.objects.create(text=text)
        notes = self.client.get("/").context["notes"]
        self.assertEqual([note.text for note in notes], ["third", "second", "first"])

    def test_text_is_escaped(self):
        Note.objects.create(text="<script>alert(1)</script>")
        self.assertNotContains(self.client.get("/"), "<script>")


class AddTests(NotesTestCase):
    def test_text_only(self):
        response = self.client.post("/", {"text": "Buy milk"}, follow=True)
        self.assertRedirects(response, "/")
        self.assertContains(response, "Buy milk")
        self.assertNotContains(response, "<img")

    def test_counts_again(self):
        self.assertContains(self.client.get("/"), "0 notes")
        response = self.client.post("/", {"text": "Buy milk"}, follow=True)
        self.assertContains(response, "1 note<")

    def test_picture_is_stored_and_served(self):
        upload = picture()
        self.client.post("/", {"text": "A dot", "picture": upload})
        note = Note.objects.get()
        self.assertContains(self.client.get("/"), f'<img src="{note.picture.url}"')

        response = self.client.get(note.picture.url)
        self.assertEqual(response["Content-Type"], "image/png")
        upload.seek(0)
        self.assertEqual(b"".join(response), upload.read())

    def test_text_is_required(self):
        response = self.client.post("/", {"text": "", "picture": picture()})
        self.assertContains(response, "This field is required.")
        self.assertFalse(Note.objects.exists())

    def test_picture_must_be_one(self):
        upload = SimpleUploadedFile("dot.png", b"no picture at all", "image/png")
        response = self.client.post("/", {"text": "A dot", "picture": upload})
        self.assertContains(response, "Upload a valid image.")
        self.assertFalse(Note.objects.exists())


class MediaTests(NotesTestCase):
    def test_missing_file(self):
        with self.assertLogs("django.request", "WARNING"):
            response = self.client.get("/media/notes/none.png")
        self.assertEqual(response.status_code, 404)

    def test_nothing_outside_of_the_storage(self):
        with self.assertLogs("django.security", "ERROR"):
            response = self.client.get("/media/../../../../etc/hostname")
        self.assertEqual(response.status_code, 400)


class MigrationTests(NotesTestCase):
    def test_models_and_migrations_agree(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    def test_previous_version_can_still_add_notes(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO notes_note (text, created_at) VALUES (%s, %s)",
                ["From the previous version", "2025-01-01 12:00:00+00:00"],
            )
        self.assertContains(self.client.get("/"), "From the previous version")
