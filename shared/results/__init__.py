"""What a result may be: a page, a partial result, a conflict, a failed write."""
