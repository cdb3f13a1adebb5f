package main

import (
	"net"
	"regexp"
	"strconv"
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
		Deadline: time.Now().Add(5 * time.Minute), // a server that should not have started must not run for ever
		Setup: func(env *testscript.Env) error {
			env.Setenv("TAKEN", taken.Addr().String()) // an address that is in use
			for i := range 3 {
				port, err := freePort()
				if err != nil {
					return err
				}
				env.Setenv("PORT"+strconv.Itoa(i+1), port)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"take": take, "eventually": eventually},
	})
}

// freePort gives a port of loopback that nobody has at the moment.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// take NAME PATTERN sets a variable to the pattern's first group in the last output.
func take(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: take NAME PATTERN")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("no match of %q", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// eventually PATTERN COMMAND... runs the command until it succeeds and its output matches.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern := regexp.MustCompile(args[0])
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout")
		if err == nil && pattern.MatchString(out) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%v: no match of %q in %q (%v)", args[1:], args[0], out, err)
		}
	}
}
