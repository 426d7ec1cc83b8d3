"""What a value is: dtypes, sizes, types, specs, and the ragged and sparse values themselves."""
