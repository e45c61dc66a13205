"""Rules as rendered for each watched environment, run by the real promtool."""
