"""Replies: how long they are for X, how they are sent, and what X's refusals mean."""
