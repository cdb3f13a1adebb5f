package source_test

import "errors"

// makePipe cannot: pipes have no place in folders here.
func makePipe(string) error { return errors.ErrUnsupported }
