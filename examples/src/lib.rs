//! Each example is a program of its own in this folder.
