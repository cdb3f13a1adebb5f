package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

func TestPrintReceived(t *testing.T) {
	cfg := gateway.DefaultConfig()
	cfg.Received.Folder = t.TempDir()
	var out bytes.Buffer
	if err := printReceived(&out, cfg); err != nil || out.Len() > 0 {
		t.Errorf("without listeners: %q, %v", out.String(), err)
	}
	cfg.MLLP = []mllp.ListenerConfig{mllp.DefaultListener()}
	if err := printReceived(&out, cfg); err != nil || out.Len() > 0 {
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
		At: time.Now(), Backlog: 7, FilingLag: 3 * time.Second, Trouble: "no space left on device", DiskLow: true, Kept: 1,
		Listeners: []mllp.ListenerState{{Name: "ehr", Address: "10.1.2.3:2575", Security: mllp.MutualTLS, Connections: 2, Accepted: 41, Duplicate: 1,
			Incidents: map[mllp.Incident]tally.State{
				mllp.IncidentTLS:     {Total: 3, Peers: []tally.Peer{{Address: "10.1.2.20", Last: time.Now(), Detail: "tls: bad certificate"}, {Address: "10.1.2.21", Last: time.Now()}}},
				mllp.IncidentAddress: {Total: 2},
			}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Received.Folder, "state.json"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := printReceived(&out, cfg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ehr  10.1.2.3:2575  mtls  2 connections  41 accepted  0 rejected  1 duplicate  0 flagged  last never\n",
		"to be filed 7, the oldest 3s old\n", "the disk is almost full", "not filed now: no space left on device",
		"ehr: 2 connections from addresses that are not allowed\nehr: 3 failed TLS connections\n    from 10.1.2.20, last ", ": \"tls: bad certificate\"\n    from 10.1.2.21, last ",
		" no_place: segment 3 (PID), field 3: no patient id", "flagged ", " merge ", "-piece.hl7  cut: after 3 bytes, from 10.1.2.20",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	for _, i := range mllp.Incidents() {
		if incidents[i] == "" {
			t.Errorf("no words for the incident %s", i)
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
	out.Reset()
	if err := printReceived(&out, cfg); err != nil || !strings.Contains(out.String(), "this is old") {
		t.Errorf("a state of a minute ago: %v\n%s", err, out.String())
	}
}
