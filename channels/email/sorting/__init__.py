"""What a mail is that was read: new words or quoted ones, a person's or a robot's, a bounce, and whose it is."""
