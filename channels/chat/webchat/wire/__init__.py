"""What goes over the line: frames, tokens, names of files, origins. Values in, values out."""
