package source

// setStepwise has folders opened as on a kernel without openat2, until it is undone.
func setStepwise(stepwise bool) (undo func()) {
	was := withoutOpenat2.Swap(stepwise)
	return func() { withoutOpenat2.Store(was) }
}
