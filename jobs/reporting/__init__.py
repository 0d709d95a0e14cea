"""What people read: the terminal summary, Markdown pages whose marked sections commands write, plots."""
