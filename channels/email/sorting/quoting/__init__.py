"""What surrounds new words in a mail: introductions of quotes, signatures, disclaimers, banners."""
