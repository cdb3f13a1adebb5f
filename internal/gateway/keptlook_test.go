package gateway_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// However many there are, the number is right: they are counted, not listed.
func TestUnseen_many(t *testing.T) {
	t.Parallel()
	cfg := receiving(t)
	k, err := kept.Open(filepath.Join(cfg.Received.Folder, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	const many = 1234
	for i := range many {
		e := kept.Entry{Class: kept.Flagged, Reason: kept.ReasonRepeat, Received: time.Date(2026, 11, 25, 3, 0, i, 0, time.UTC)}
		if err := k.Keep(e, [16]byte{byte(i), byte(i >> 8)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, cfg)
	s, err := r.Health(t.Context())
	if err != nil || s.Unseen != many || s.UnseenFull {
		t.Errorf("unseen %d, full %v, %v, want %d", s.Unseen, s.UnseenFull, err, many)
	}
}

// A message that somebody has to compare is a finding until somebody has: for the console,
// for monitoring, and for whoever asks at the machine.
func TestUnseen(t *testing.T) {
	t.Parallel()
	cfg := receiving(t)
	cfg.Console.Listen, cfg.Console.PlainHTTP = "127.0.0.1:0", true
	k, err := kept.Open(filepath.Join(cfg.Received.Folder, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	for i, reason := range []kept.Reason{kept.ReasonReplacesMore, kept.ReasonMerge, kept.ReasonCombined} {
		e := kept.Entry{Class: kept.Flagged, Reason: reason, Received: time.Date(2026, 11, 25, 3, 0, i, 0, time.UTC)}
		if err := k.Keep(e, [16]byte{byte(i + 1)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	list, err := k.List(kept.Flagged, -1)
	if err != nil {
		t.Fatal(err)
	}
	r := start(t, cfg)
	c := hire(t, cfg, "hanako")
	for _, want := range []int{1, 0} {
		s, err := r.Health(t.Context())
		if err != nil || s.Unseen != want || (s.Level() == health.Good) && want > 0 {
			t.Errorf("unseen %d, %v, want %d", s.Unseen, err, want)
		}
		h, err := gateway.ReadHoldings(t.Context(), cfg)
		if err != nil || h.Unseen != want {
			t.Errorf("beside it: unseen %d, %v, want %d", h.Unseen, err, want)
		}
		if want > 0 {
			if status, body := c.ask(r, http.MethodPost, "/messages/seen", url.Values{"id": {list[2].ID}}); status != http.StatusSeeOther {
				t.Errorf("status %d\n%s", status, body)
			}
		}
	}
}
