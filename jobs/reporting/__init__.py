"""Output for people: the terminal summary, marked sections of Markdown pages, and plots."""
