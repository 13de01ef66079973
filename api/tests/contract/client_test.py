"""What a program does with a client that a generator made of the API's document, unchanged.

ECLUSE_URL and ECLUSE_API_KEY say where; the package `ecluse_client` is the generated one.
"""

import os
import unittest

import ecluse_client
from ecluse_client import models
from ecluse_client.exceptions import ApiException


def etag(answer):
    return next(
        value for name, value in answer.headers.items() if name.lower() == "etag"
    )


class Generated(unittest.TestCase):
    def setUp(self):
        configuration = ecluse_client.Configuration(
            host=os.environ["ECLUSE_URL"], access_token=os.environ["ECLUSE_API_KEY"]
        )
        self.client = ecluse_client.ApiClient(configuration)
        self.channels = ecluse_client.ChannelsApi(self.client)
        self.queues = ecluse_client.QueuesApi(self.client)
        self.settings = ecluse_client.SettingsApi(self.client)

    def queue(self, name):
        body = models.QueueBody(name=name, strategy="auto")
        made = self.queues.queues_create_with_http_info(queue_body=body)
        self.addCleanup(self.remove_queue, made.data.id)
        return made.data

    def remove_queue(self, queue):
        seen = etag(self.queues.queues_show_with_http_info(queue))
        self.queues.queues_remove(id=queue, if_match=seen)

    def chat(self, queue, name):
        return models.ChannelBody(
            models.LiveChatChannelBody(
                kind="live_chat",
                name=name,
                destination=models.Destination(models.DestinationOneOf(queue=queue.id)),
                live_chat=models.LiveChatBody(domains=["generated.example"]),
            )
        )

    def test_a_channel_is_added_read_changed_and_deleted(self):
        queue = self.queue("Generated")
        made = self.channels.channels_create(channel_body=self.chat(queue, "Generated"))
        channel = made.actual_instance
        self.assertIsInstance(channel, models.LiveChatChannel)
        self.assertEqual(channel.address, "generated.example")
        seen = etag(self.channels.channels_show_with_http_info(channel.id))
        again = self.chat(queue, "Generated again")
        changed = self.channels.channels_change_with_http_info(
            id=channel.id, if_match=seen, channel_body=again
        )
        self.assertEqual(changed.data.actual_instance.name, "Generated again")
        with self.assertRaises(ApiException) as late:
            self.channels.channels_change(
                id=channel.id, if_match=seen, channel_body=again
            )
        self.assertEqual(late.exception.status, 412)
        self.channels.channels_remove(id=channel.id, if_match=etag(changed))
        gone = self.channels.channels_show(channel.id).actual_instance
        self.assertEqual(gone.state, "deleted")

    def test_a_secret_is_given_and_never_comes_back(self):
        trunks = ecluse_client.SmsTrunksApi(self.client)
        twilio = models.Twilio(account_sid=f"AC{'0' * 32}", auth_token="1" * 32)
        body = models.SmsTrunkBody(
            models.TwilioSmsTrunkBody(name="Generated", provider="twilio", twilio=twilio)
        )
        made = trunks.sms_trunks_create_with_http_info(sms_trunk_body=body)
        self.addCleanup(
            trunks.sms_trunks_remove,
            id=made.data.actual_instance.id,
            if_match=etag(made),
        )
        self.assertTrue(made.data.actual_instance.twilio.has_auth_token)
        self.assertNotIn("1" * 32, made.raw_data.decode())

    def test_a_list_is_read_to_its_end(self):
        made = {self.queue(f"Page {number}").id for number in range(5)}
        seen, cursor = set(), None
        while True:
            page = self.queues.queues_list(limit=2, cursor=cursor)
            seen |= {one.id for one in page.items}
            cursor = page.next_cursor
            if not cursor:
                break
        self.assertLessEqual(made, seen)

    def test_a_refusal_names_the_field(self):
        self.queue("Twice")
        with self.assertRaises(ApiException) as refused:
            self.queue("Twice")
        self.assertEqual(refused.exception.status, 422)
        self.assertIn('"pointer":"/name"', refused.exception.body)

    def test_the_settings_are_changed_in_a_part(self):
        found = self.settings.settings_show_with_http_info()
        changed = self.settings.settings_patch_some_with_http_info(
            if_match=etag(found), body={"time_zone": "Europe/Paris"}
        )
        self.assertEqual(changed.data.time_zone, "Europe/Paris")
        self.settings.settings_patch_some(
            if_match=etag(changed), body={"time_zone": found.data.time_zone}
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
