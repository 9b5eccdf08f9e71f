"""The visitor's side: the script that a site puts into its pages, and a page that shows it."""
