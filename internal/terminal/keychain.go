package terminal

import (
	"context"
)

// keychain is the login keychain, which Safari, Chrome and Edge use on macOS.
type keychain struct {
	file string
	run  runner
}

func (keychain) Ready(context.Context) error { return needTools("it comes with macOS", "security") }

func (s keychain) Put(ctx context.Context, id Identity) error {
	return withBundle(id, func(b bundle) error {
		if err := s.run.do(ctx, "security", "import", b.p12, "-k", s.file, "-P", b.password, "-x"); err != nil {
			return err
		}
		return s.run.do(ctx, "security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", s.file, b.root)
	})
}
