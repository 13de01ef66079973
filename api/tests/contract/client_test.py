"""What a program does with a client that a generator made of the API's document, unchanged.

ECLUSE_URL and ECLUSE_API_KEY say where; the package `ecluse_client` is the generated one.
"""

import os
import unittest

import ecluse_client
from ecluse_client import models
from ecluse_client.exceptions import ApiException


def client():
    configuration = ecluse_client.Configuration(
        host=os.environ["ECLUSE_URL"], access_token=os.environ["ECLUSE_API_KEY"]
    )
    return ecluse_client.ApiClient(configuration)


class Generated(unittest.TestCase):
    def setUp(self):
        self.client = client()
        self.channels = ecluse_client.ChannelsApi(self.client)
        self.queues = ecluse_client.QueuesApi(self.client)

    def queue(self, name):
        return self.queues.queues_create(models.QueueBody(name=name, strategy="auto"))

    def test_a_channel_is_added_read_changed_and_deleted(self):
        queue = self.queue("Generated")
        chat = models.LiveChatBody(domains=["generated.example"])
        body = models.ChannelBody(
            kind="live_chat",
            name="Generated",
            destination=models.Destination(models.DestinationOneOf(queue=queue.id)),
            live_chat=chat,
        )
        made = self.channels.channels_create(body)
        self.assertEqual(made.address, "generated.example")
        read = self.channels.channels_show_with_http_info(made.id)
        etag = read.headers["ETag"]
        body.name = "Generated again"
        changed = self.channels.channels_change(made.id, body, if_match=etag)
        self.assertEqual(changed.name, "Generated again")
        with self.assertRaises(ApiException) as late:
            self.channels.channels_change(made.id, body, if_match=etag)
        self.assertEqual(late.exception.status, 412)
        self.channels.channels_remove(made.id)
        with self.assertRaises(ApiException) as gone:
            self.channels.channels_show(made.id)
        self.assertEqual(gone.exception.status, 404)
        self.queues.queues_remove(queue.id)

    def test_a_list_is_read_to_its_end(self):
        made = [self.queue(f"Page {number}").id for number in range(5)]
        seen, cursor = [], None
        while True:
            page = self.queues.queues_list(limit=2, cursor=cursor)
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        self.assertTrue(set(made) <= set(seen))
        for one in made:
            self.queues.queues_remove(one)

    def test_a_refusal_names_the_field(self):
        with self.assertRaises(ApiException) as refused:
            self.queue("")
        self.assertEqual(refused.exception.status, 422)
        self.assertIn('"pointer":"/name"', refused.exception.body)

    def test_the_settings_are_read_and_written_back(self):
        settings = ecluse_client.SettingsApi(self.client)
        found = settings.settings_show()
        changed = settings.settings_patch_some({"time_zone": "Europe/Paris"})
        self.assertEqual(changed.time_zone, "Europe/Paris")
        settings.settings_patch_some({"time_zone": found.time_zone})


if __name__ == "__main__":
    unittest.main(verbosity=2)
