package tally

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

var noon = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// A sender that keeps trying is told from a scan, however often that comes.
func TestTally_lasting(t *testing.T) {
	night := 24 * time.Hour
	for name, tc := range map[string]struct {
		at   []time.Duration
		want bool
	}{
		"once":                           {[]time.Duration{0}, false},
		"a burst":                        {[]time.Duration{0, time.Second, 2 * time.Second, 4 * time.Minute}, false},
		"a burst every night":            {[]time.Duration{0, time.Second, night, night + time.Second, 2 * night, 2*night + time.Second}, false},
		"every minute":                   {[]time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute}, true},
		"every three hours":              {[]time.Duration{0, 3 * time.Hour}, true},
		"for long, then a burst at last": {[]time.Duration{0, time.Hour, night, night + time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var c Tally
			for _, d := range tc.at {
				c.Add("10.1.2.3", noon.Add(d), cause.Trouble{})
			}
			s := c.State()
			if p := s.Peers[0]; p.Lasting.IsZero() == tc.want || s.Total != int64(len(tc.at)) || p.Count != s.Total {
				t.Errorf("state = %+v, lasting wanted: %v", s, tc.want)
			}
		})
	}
}

func TestTally_mended(t *testing.T) {
	var c Tally
	c.Mended("10.1.2.3") // of whom nothing is known
	c.Add("10.1.2.3", noon, cause.Trouble{})
	c.Add("10.1.2.3", noon.Add(time.Hour), cause.Trouble{})
	c.Mended("10.1.2.3")
	if p := c.State().Peers[0]; !p.Lasting.IsZero() || p.Count != 2 {
		t.Errorf("mended, and still %+v", p)
	}
	c.Add("10.1.2.3", noon.Add(time.Hour+time.Minute), cause.Trouble{})
	if p := c.State().Peers[0]; !p.Lasting.IsZero() {
		t.Errorf("one failure after it was mended: %+v", p)
	}
	c.Add("10.1.2.3", noon.Add(2*time.Hour), cause.Trouble{})
	if p := c.State().Peers[0]; p.Lasting.IsZero() {
		t.Errorf("it has been failing for an hour again: %+v", p)
	}
}

// However many addresses come, few are held, and who keeps trying stays among them.
func TestTally_isBounded(t *testing.T) {
	var c Tally
	c.Add("the sender", noon, cause.Trouble{Cause: cause.Broken, Said: "first"})
	c.Add("the sender", noon.Add(time.Hour), cause.Trouble{Cause: cause.Broken, Said: strings.Repeat("漢", 100)})
	for i := range 1000 {
		c.Add(fmt.Sprint("scan ", i), noon.Add(2*time.Hour+time.Duration(i)*time.Second), cause.Trouble{})
	}
	s := c.State()
	if s.Total != 1002 || len(s.Peers) != maxPeers || s.Peers[0].Address != "scan 999" {
		t.Fatalf("state = %+v", s)
	}
	last := s.Peers[maxPeers-1]
	if last.Address != "the sender" || last.Count != 2 || last.Cause != cause.Broken || last.Said != strings.Repeat("漢", maxDetail/3) {
		t.Errorf("the longest ago is %+v", last)
	}
}

func TestAddressOf(t *testing.T) {
	for want, a := range map[string]net.Addr{
		"10.1.2.3": &net.TCPAddr{IP: net.ParseIP("::ffff:10.1.2.3"), Port: 5},
		"fd00::1":  &net.TCPAddr{IP: net.ParseIP("fd00::1"), Port: 5},
		"@x":       &net.UnixAddr{Name: "@x"},
	} {
		if got := AddressOf(a); got != want {
			t.Errorf("%v: %q, want %q", a, got, want)
		}
	}
}
