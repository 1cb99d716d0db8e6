"""Pure rules of identity: facts in, yes or no with its reason out."""
