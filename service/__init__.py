"""The hands: what must be remembered and done.

Rule: functions take the ``Session`` first and never commit; a door commits once per request. No Flask, no Twilio.
"""
