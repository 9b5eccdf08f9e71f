"""Whether a mail is from whom it says (SPF, DKIM, DMARC): a sign for staff, never a gate."""
