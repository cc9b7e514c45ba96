"""What a record looks like: record schemas, and the types that flow from them."""
