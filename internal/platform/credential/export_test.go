package credential

// BlockList counts the entries of the block list.
func BlockList() int { return len(commonSet()) }
