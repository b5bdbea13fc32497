from django.db import models


class Note(models.Model):
    text = models.TextField(max_length=2000)
    # db_default, because during a deployment the previous version still adds
    # notes to the migrated table, and knows nothing of pictures.
    picture = models.ImageField(
        upload_to="notes", blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.text[:50]
