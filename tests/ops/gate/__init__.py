"""Gates: open with a record that suffices, closed with one line without."""
