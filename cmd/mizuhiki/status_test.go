package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

func TestPrintReceived(t *testing.T) {
	cfg := gateway.DefaultConfig()
	cfg.Received.Folder = t.TempDir()
	var out bytes.Buffer
	if err := printReceived(&out, cfg, false, 2); err != nil || out.Len() > 0 {
		t.Errorf("without listeners: %q, %v", out.String(), err)
	}
	cfg.MLLP = []mllp.ListenerConfig{mllp.DefaultListener()}
	if err := printReceived(&out, cfg, false, 2); err != nil || out.Len() > 0 {
		t.Errorf("before the first start: %q, %v", out.String(), err)
	}
	k, err := kept.Open(filepath.Join(cfg.Received.Folder, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	e := kept.Entry{Class: kept.Accepted, Reason: kept.ReasonNoPlace, Detail: "segment 3 (PID), field 3: no patient id", Received: time.Now()}
	if err := k.Keep(e, [16]byte{1}, []byte("MSH")); err != nil {
		t.Fatal(err)
	}
	merge := kept.Entry{Class: kept.Flagged, Reason: kept.ReasonMerge, ControlID: "M1", Received: time.Now()}
	if err := k.Keep(merge, [16]byte{2}, nil); err != nil {
		t.Fatal(err)
	}
	cut := kept.Entry{Class: kept.Refused, Reason: kept.ReasonCut, Detail: "after 3 bytes", From: "10.1.2.20", Received: time.Now()}
	if err := k.Keep(cut, [16]byte{3}, []byte("MSH")); err != nil {
		t.Fatal(err)
	}
	state, err := json.Marshal(mllp.State{
		At: time.Now(), Backlog: 7, FilingLag: 3 * time.Second, Trouble: "no space left on device", DiskLow: true, Kept: 1, Flagged: 5, Ledger: "merges.jsonl, line 2",
		Listeners: []mllp.ListenerState{{Name: "ehr", Address: "10.1.2.3:2575", Security: mllp.MutualTLS, Connections: 2, Accepted: 41, Duplicate: 1,
			Incidents: map[incident.Kind]tally.State{
				incident.TLS:     {Total: 3, Peers: []tally.Peer{{Address: "10.1.2.20", Last: time.Now(), Trouble: cause.Trouble{Said: "tls: bad certificate"}}, {Address: "10.1.2.21", Last: time.Now()}}},
				incident.Address: {Total: 2},
			}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Received.Folder, "state.json"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := printReceived(&out, cfg, false, 2); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ehr  10.1.2.3:2575  mtls  2 connections  41 accepted  0 rejected  1 duplicate  0 reused ids  last never\n", "flagged     5, of which somebody has to look at 2\n",
		"to be filed 7, the oldest 3s old\n", "the disk is almost full", "not filed now: no space left on device",
		"keep the gateway from: merges.jsonl, line 2\n",
		"ehr: 2 connections from addresses that are not allowed\nehr: 3 failed TLS connections\n    from 10.1.2.20, last ", ": \"tls: bad certificate\"\n    from 10.1.2.21, last ",
		" no_place: segment 3 (PID), field 3: no patient id", "flagged ", " merge ", "-piece.hl7  cut: after 3 bytes, from 10.1.2.20",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "this is old") {
		t.Errorf("a state of now is called old:\n%s", out.String())
	}
	state, err = json.Marshal(mllp.State{At: time.Now().Add(-time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Received.Folder, "state.json"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	for runs, why := range map[bool]string{false: "s ago: the gateway does not run\n", true: "the gateway runs and cannot write into " + cfg.Received.Folder} {
		out.Reset()
		if err := printReceived(&out, cfg, runs, 0); err != nil || !strings.Contains(out.String(), "this is old, of 1m") || !strings.Contains(out.String(), why) || strings.Contains(out.String(), "disk free   0 MB") {
			t.Errorf("a state of a minute ago, running %v: %v\n%s", runs, err, out.String())
		}
	}
}

// A gateway that cannot write how receiving stands leaves a state that looks like one of
// now: what is printed says how old it is, also to programs.
func TestPrintJSON(t *testing.T) {
	cfg := gateway.DefaultConfig()
	cfg.Received.Folder, cfg.MLLP = t.TempDir(), []mllp.ListenerConfig{mllp.DefaultListener()}
	printed := func(runs bool) (got map[string]any) {
		t.Helper()
		var out bytes.Buffer
		if err := printJSON(&out, cfg, runs, gateway.Holdings{Patients: 3}); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := printed(true); got["running"] != true || got["patients"] != 3.0 || got["messages"] != nil || got["messages_age_seconds"] != nil {
		t.Errorf("before anything was written: %v", got)
	}
	for age, want := range map[time.Duration]bool{time.Second: false, 30 * time.Second: true, -time.Hour: true} {
		state, err := json.Marshal(mllp.State{At: time.Now().Add(-age)})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(cfg.Received.Folder, "state.json"), state, 0o600); err != nil {
			t.Fatal(err)
		}
		got := printed(false)
		if seconds, _ := got["messages_age_seconds"].(float64); got["messages_stale"] != want || math.Abs(seconds-age.Seconds()) > 5 {
			t.Errorf("%s old: stale %v, %v s", age, got["messages_stale"], got["messages_age_seconds"])
		}
	}
}
