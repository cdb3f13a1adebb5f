package main

import (
	"net"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mizuhiki": main})
}

// The command line as people use it: one script per situation in testdata/script.
func TestScripts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // the scripts run after this function has returned
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().Add(time.Minute), // a server that should not have started must not run for ever
		Setup: func(env *testscript.Env) error {
			env.Setenv("TAKEN", taken.Addr().String()) // an address that is in use
			return nil
		},
	})
}
