package health_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// sound is a gateway on which there is nothing to mend.
func sound() health.Snapshot {
	return health.Snapshot{
		Now: now, Started: now.Add(-time.Hour), Certificate: now.AddDate(0, 0, 60),
		Link:    health.Link{Addr: "center.example:8444", Connected: true, Since: now.Add(-time.Hour)},
		Sources: []health.Source{{Kind: health.Storage, Place: "/a", State: health.Up, Lag: 2 * time.Second}},
		Disks:   []health.Disk{{Name: "database", Path: "/d", Space: disk.Space{Free: 100 << 30, Size: 2000 << 30}}},
	}
}

func TestFindings(t *testing.T) {
	type found struct {
		Level health.Level
		Key   string
	}
	for name, tc := range map[string]struct {
		change func(*health.Snapshot)
		want   []found
		ready  bool
	}{
		"all is well":                {func(*health.Snapshot) {}, nil, true},
		"a storage is gone":          {func(s *health.Snapshot) { s.Sources[0].State = health.Down }, []found{{health.Bad, "source_down.storage"}}, true},
		"the first walk":             {func(s *health.Snapshot) { s.Sources[0].State, s.Link = health.Starting, health.Link{Waiting: true} }, []found{{health.Notice, "source_starting"}}, false},
		"looked long ago":            {func(s *health.Snapshot) { s.Sources[0].Lag = 6 * time.Minute }, []found{{health.Warn, "source_late"}}, true},
		"the link is broken":         {func(s *health.Snapshot) { s.Link = health.Link{Since: now.Add(-time.Minute)} }, []found{{health.Bad, "link_down"}}, false},
		"the link has just gone":     {func(s *health.Snapshot) { s.Link = health.Link{Since: now.Add(-59 * time.Second)} }, []found{{health.Notice, "link_coming"}}, false},
		"never connected":            {func(s *health.Snapshot) { s.Link = health.Link{} }, []found{{health.Bad, "link_down"}}, false},
		"30 days":                    {func(s *health.Snapshot) { s.Certificate = now.AddDate(0, 0, 30) }, nil, true},
		"20 days":                    {func(s *health.Snapshot) { s.Certificate = now.AddDate(0, 0, 20) }, []found{{health.Warn, "certificate_ends"}}, true},
		"6 days":                     {func(s *health.Snapshot) { s.Certificate = now.AddDate(0, 0, 6) }, []found{{health.Bad, "certificate_ends"}}, true},
		"over":                       {func(s *health.Snapshot) { s.Certificate = now }, []found{{health.Bad, "certificate_over"}}, true},
		"little room":                {func(s *health.Snapshot) { s.Disks[0].Space.Free = 4 << 30 }, []found{{health.Warn, "disk_full"}}, true},
		"a tenth of a small one":     {func(s *health.Snapshot) { s.Disks[0].Space = disk.Space{Free: 9 << 30, Size: 100 << 30} }, []found{{health.Warn, "disk_full"}}, true},
		"no room":                    {func(s *health.Snapshot) { s.Disks[0].Space.Free = 1 }, []found{{health.Bad, "disk_full"}}, true},
		"unknown room":               {func(s *health.Snapshot) { s.Disks[0].Trouble.Said = "x" }, []found{{health.Warn, "disk_unknown"}}, true},
		"acknowledged and not filed": {func(s *health.Snapshot) { s.Unfiled = 1 }, []found{{health.Warn, "unfiled"}}, true},
		"flagged and not seen":       {func(s *health.Snapshot) { s.Unseen = 1 }, []found{{health.Warn, "unseen"}}, true},
		"no room for those not seen": {func(s *health.Snapshot) { s.Unseen, s.UnseenFull = 9, true }, []found{{health.Warn, "unseen_full"}}, true},
		"the index is not written":   {func(s *health.Snapshot) { s.Stuck.Said = "x" }, []found{{health.Bad, "index_stuck"}}, true},
		"damaged messages":           {func(s *health.Snapshot) { s.Damaged = 1 }, []found{{health.Bad, "damaged"}}, true},
		"a damaged ledger":           {func(s *health.Snapshot) { s.DamagedLedger.Said = "line 2" }, []found{{health.Bad, "damaged_ledger"}}, true},
		"damaged kept messages":      {func(s *health.Snapshot) { s.DamagedKept = 1 }, []found{{health.Bad, "damaged_kept"}}, true},
		"damaged records":            {func(s *health.Snapshot) { s.DamagedRecords = 2 }, []found{{health.Bad, "damaged_records"}}, true},
		"a list of a day":            {func(s *health.Snapshot) { s.Denylist.Age = 24*time.Hour + 1 }, []found{{health.Bad, "denylist_old"}}, true},
		"a list of three days":       {func(s *health.Snapshot) { s.Denylist.Age = 72*time.Hour + 1 }, []found{{health.Bad, "denylist_over"}}, true},
		"a list that was refused":    {func(s *health.Snapshot) { s.Denylist.Trouble.Said = "x" }, []found{{health.Bad, "denylist_refused"}}, true},
		"files, and worse": {func(s *health.Snapshot) {
			s.Reasons = []index.ReasonCount{{Reason: index.ReasonCut, Files: 3}, {Reason: index.ReasonWrongPatient, Files: 2}}
			s.Suspended = 1
			s.Certificate = now
		}, []found{{health.Bad, "certificate_over"}, {health.Warn, "quarantined"}, {health.Warn, "suspended"}, {health.Warn, "unreadable"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := sound()
			tc.change(&s)
			var got []found
			for _, f := range s.Findings() {
				got = append(got, found{f.Level, string(f.Key)})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			want := health.Good
			if len(tc.want) > 0 {
				want = tc.want[0].Level
			}
			if s.Level() != want || s.Ready() != tc.ready {
				t.Errorf("level %s, ready %v, want %s, %v", s.Level(), s.Ready(), want, tc.ready)
			}
		})
	}
}

// A sender that keeps failing and a message that broke off are findings for a day. A port
// scan is none, and neither is what was long ago.
func TestFindings_incidents(t *testing.T) {
	once := tally.Peer{Address: "10.1.2.9", Last: now.Add(-time.Minute), Trouble: cause.Trouble{Said: "once"}}
	old := tally.Peer{Address: "10.1.2.8", Last: now.Add(-24 * time.Hour), Lasting: now.Add(-24 * time.Hour)}
	again := tally.Peer{Address: "10.1.2.20", Last: now.Add(-time.Hour), Lasting: now.Add(-time.Hour), Trouble: cause.Trouble{Said: "again"}}
	then := tally.Peer{Address: "10.1.2.21", Last: now, Lasting: now.Add(-23 * time.Hour), Trouble: cause.Trouble{Said: "it was mended, and tried once more"}}
	for name, tc := range map[string]struct {
		key   incident.Kind
		peers []tally.Peer
		from  string // empty: no finding
	}{
		"never":                        {incident.Address, nil, ""},
		"a port scan":                  {incident.Address, []tally.Peer{once}, ""},
		"a scan of a TLS port":         {incident.TLS, []tally.Peer{once}, ""},
		"a scan from an allowed host":  {incident.Stray, []tally.Peer{once}, ""},
		"the day before":               {incident.Address, []tally.Peer{old}, ""},
		"a sender that keeps trying":   {incident.Address, []tally.Peer{once, again}, "10.1.2.20"},
		"several":                      {incident.TLS, []tally.Peer{then, again, old}, "10.1.2.21, 10.1.2.20"},
		"one connection above the max": {incident.Full, []tally.Peer{once}, "10.1.2.9"},
		"one message that broke off":   {incident.Cut, []tally.Peer{once, old}, "10.1.2.9"},
		"one message that was refused": {incident.Refused, []tally.Peer{once}, "10.1.2.9"},
		"one answer nobody took":       {incident.Unheard, []tally.Peer{once}, ""},
		"answers that nobody takes":    {incident.Unheard, []tally.Peer{again}, "10.1.2.20"},
		"one long ago":                 {incident.Cut, []tally.Peer{old}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := sound()
			s.Sources = append(s.Sources, health.Source{Kind: health.Messages, State: health.Up, Receiving: &health.Receiving{
				Listener: "ehr", Incidents: []health.Incident{{Key: tc.key, State: tally.State{Total: 9, Peers: tc.peers}}},
			}})
			got := s.Findings()
			if tc.from == "" {
				if len(got) > 0 {
					t.Errorf("findings %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Key != "incident."+fault.Key(tc.key) || got[0].Level != health.Warn || got[0].Params["from"] != tc.from || got[0].Params["listener"] != "ehr" || got[0].Trouble.Said == "" {
				t.Errorf("findings %+v, want one of %s", got, tc.from)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	s := health.Snapshot{Reasons: []index.ReasonCount{{Reason: index.ReasonCut, Files: 3}, {Reason: index.ReasonWrongPatient, Files: 2}, {Reason: "of-tomorrow", Files: 1}}}
	if s.Unreadable() != 4 || s.Quarantined() != 2 {
		t.Errorf("unreadable %d, quarantined %d", s.Unreadable(), s.Quarantined())
	}
}

// What passes by itself is nothing to do.
func TestToDo(t *testing.T) {
	list := []health.Finding{{Level: health.Bad}, {Level: health.Warn}, {Level: health.Notice}}
	if got := health.ToDo(list); got != 2 {
		t.Errorf("ToDo = %d, want 2", got)
	}
}
