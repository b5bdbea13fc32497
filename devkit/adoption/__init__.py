"""What a compose file that a person wrote means to devkit; pure, over the document."""
