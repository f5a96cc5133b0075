"""The shelf of pages in Postgres: what outside services sent, packed, until nobody has asked for it for long."""

import zlib

from sqlalchemy import text

from agents.sources.http.page import Kept
from orchestrator.store.direct import Direct
from orchestrator.store.documents import clean_text, to_json
from orchestrator.store.patience import patiently

_FIND = text("""
    WITH used AS (
        UPDATE pages SET used_at = now()
        WHERE tenant = :tenant AND key = :key AND used_at < now() - interval '1 day'
    )
    SELECT etag, last_modified, headers, body FROM pages WHERE tenant = :tenant AND key = :key
""")
"""A page, and a note once a day that it is still asked for."""

_KEEP = text("""
    INSERT INTO pages (tenant, key, etag, last_modified, headers, body)
    VALUES (:tenant, :key, :etag, :last_modified, CAST(:headers AS jsonb), :body)
    ON CONFLICT (tenant, key) DO UPDATE SET
        etag = EXCLUDED.etag, last_modified = EXCLUDED.last_modified, headers = EXCLUDED.headers,
        body = EXCLUDED.body, used_at = now()
""")


class StoredPages:
    """Keeps pages of one tenant; each call is a transaction of its own, and none is open while a service is asked."""

    def __init__(self, direct: Direct, *, tenant: str) -> None:
        self._direct = direct
        self._tenant = tenant

    def find(self, key: str) -> Kept | None:
        """Return the page that was kept under a key."""
        row = patiently(lambda: self._direct.row(_FIND, {"tenant": self._tenant, "key": key}))
        if row is None:
            return None
        return Kept(row.etag, row.last_modified, headers=row.headers, body=zlib.decompress(row.body))

    def keep(self, key: str, page: Kept) -> None:
        """Keep a page, in place of what was there."""
        values = {
            "tenant": self._tenant,
            "key": key,
            "etag": clean_text(page.etag),
            "last_modified": clean_text(page.last_modified),
            "headers": to_json(page.headers),
            "body": zlib.compress(page.body),
        }
        patiently(lambda: self._direct.rows(_KEEP, values))
