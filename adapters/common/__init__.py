"""What every surface does alike: settings, amounts, pages of lists. Facts and words, never widgets."""
