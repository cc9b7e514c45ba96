"""From sample records to a record schema, and to suggestions for a first collection."""
