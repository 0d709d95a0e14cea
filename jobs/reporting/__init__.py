"""What people read: Markdown pages whose marked sections commands write."""
