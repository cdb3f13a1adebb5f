//go:build !linux

package disk

import "errors"

// Of is known for Linux only, on which gateways run; elsewhere it is an error.
func Of(string) (Space, error) { return Space{}, errors.ErrUnsupported }

// Shared is known for Linux only.
func Shared(string) (bool, error) { return false, errors.ErrUnsupported }
