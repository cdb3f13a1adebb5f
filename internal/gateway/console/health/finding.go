package health

import (
	"slices"
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Level is how much something matters.
type Level string

const (
	Good   Level = "good"
	Notice Level = "notice" // passes by itself
	Warn   Level = "warn"   // somebody should look at it in working hours
	Bad    Level = "bad"    // the hospital's records are not available, or soon will not be
)

var rank = map[Level]int{Good: 0, Notice: 1, Warn: 2, Bad: 3}

// The thresholds (ours).
const (
	certificateWarn = 21 * 24 * time.Hour // it should have renewed itself in the nine days before
	certificateBad  = 7 * 24 * time.Hour
	linkPatience    = time.Minute // a center that is being restarted
	lagWarn         = 5 * time.Minute
	diskBad         = 1 << 30
	diskWarn        = 5 << 30
	diskWarnShare   = 10       // percent …
	diskWarnCeiling = 50 << 30 // … but never warned of with that much free
)

// Finding is something that somebody has to know: the texts finding.KEY, which says what
// is, and advice.KEY, which says what to do.
type Finding struct {
	Level   Level
	Key     fault.Key
	Params  map[string]any
	Trouble cause.Trouble // why, as far as that is known
	Page    string        // path of the page that says more; empty for none
}

// Findings lists what somebody has to know, the worst first.
func (s Snapshot) Findings() []Finding {
	var out []Finding
	out = append(out, s.ofSources()...)
	if s.Stuck.Said != "" {
		out = append(out, Finding{Level: Bad, Key: "index_stuck", Trouble: s.Stuck})
	}
	out = append(out, s.ofLink()...)
	out = append(out, s.ofCertificate()...)
	out = append(out, s.Denylist.findings()...)
	for _, d := range s.Disks {
		out = append(out, d.finding()...)
	}
	add := func(n int, key fault.Key, page string) {
		if n > 0 {
			out = append(out, Finding{Level: Warn, Key: key, Params: map[string]any{"n": n}, Page: page})
		}
	}
	if s.Damaged > 0 {
		out = append(out, Finding{Level: Bad, Key: "damaged", Params: map[string]any{"n": s.Damaged}})
	}
	if s.DamagedRecords > 0 {
		out = append(out, Finding{Level: Bad, Key: "damaged_records", Params: map[string]any{"n": s.DamagedRecords}})
	}
	if s.DamagedKept > 0 {
		out = append(out, Finding{Level: Bad, Key: "damaged_kept", Params: map[string]any{"n": s.DamagedKept}, Page: "/messages"})
	}
	if s.DamagedLedger.Said != "" {
		out = append(out, Finding{Level: Bad, Key: "damaged_ledger", Trouble: s.DamagedLedger})
	}
	add(s.Quarantined(), "quarantined", "/quarantine")
	add(s.Suspended, "suspended", "/suspended")
	add(s.Unreadable(), "unreadable", "/unreadable")
	add(s.Unfiled, "unfiled", "/messages")
	if s.UnseenFull {
		add(s.Unseen, "unseen_full", "/messages")
	} else {
		add(s.Unseen, "unseen", "/messages")
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return rank[b.Level] - rank[a.Level] })
	return out
}

// ToDo counts the findings that somebody has to do something about: all but those that pass
// by themselves.
func ToDo(findings []Finding) (n int) {
	for _, f := range findings {
		if f.Level != Notice {
			n++
		}
	}
	return n
}

// Level is that of the worst finding.
func (s Snapshot) Level() Level {
	if f := s.Findings(); len(f) > 0 {
		return f[0].Level
	}
	return Good
}

func (s Snapshot) ofSources() []Finding {
	var out []Finding
	for _, source := range s.Sources {
		params := map[string]any{"place": source.Place}
		switch {
		case source.State == Down:
			out = append(out, Finding{Level: Bad, Key: "source_down." + fault.Key(source.Kind), Params: params, Trouble: source.Trouble})
		case source.State == Starting:
			out = append(out, Finding{Level: Notice, Key: "source_starting", Params: params})
		case source.Lag > lagWarn:
			params["minutes"] = int(source.Lag / time.Minute)
			out = append(out, Finding{Level: Warn, Key: "source_late", Params: params})
		}
		out = append(out, source.Receiving.findings(s.Now)...)
	}
	return out
}

// pageOf is where what came instead of messages is listed.
var pageOf = map[incident.Kind]string{incident.Cut: "/messages", incident.Stray: "/messages", incident.Refused: "/messages"}

func (r *Receiving) findings(now time.Time) (out []Finding) {
	if r == nil {
		return nil
	}
	for _, i := range r.Incidents {
		peers := i.Recent(now)
		if len(peers) == 0 {
			continue
		}
		var from []string
		for _, p := range peers {
			from = append(from, p.Address)
		}
		out = append(out, Finding{
			Level: Warn, Key: "incident." + fault.Key(i.Key), Page: pageOf[i.Key], Trouble: peers[0].Trouble,
			Params: map[string]any{"listener": r.Listener, "from": strings.Join(from, ", "), "last": peers[0].Last},
		})
	}
	return out
}

func (s Snapshot) ofLink() []Finding {
	l := s.Link
	if l.Connected || l.Waiting {
		return nil
	}
	f := Finding{Level: Bad, Key: "link_down", Params: map[string]any{"addr": l.Addr}, Trouble: l.Trouble}
	since := l.Since
	if since.IsZero() {
		since = s.Started
	}
	if s.Now.Sub(since) < linkPatience {
		f.Level, f.Key = Notice, "link_coming"
	}
	return []Finding{f}
}

func (s Snapshot) ofCertificate() []Finding {
	left := s.Certificate.Sub(s.Now)
	days := map[string]any{"days": int(left / (24 * time.Hour))}
	switch {
	case left <= 0:
		return []Finding{{Level: Bad, Key: "certificate_over"}}
	case left < certificateBad:
		return []Finding{{Level: Bad, Key: "certificate_ends", Params: days}}
	case left < certificateWarn:
		return []Finding{{Level: Warn, Key: "certificate_ends", Params: days}}
	}
	return nil
}

// findings says what is wrong with the list. A list that was refused is a matter for the
// council: a center that takes back what it has revoked is not to be trusted.
func (l Denylist) findings() []Finding {
	var out []Finding
	params := map[string]any{"hours": int(l.Age / time.Hour)}
	switch {
	case l.Age > wire.DenylistEnd:
		out = append(out, Finding{Level: Bad, Key: "denylist_over", Params: params})
	case l.Age > wire.DenylistAlarm:
		params["left"] = int((wire.DenylistEnd - l.Age) / time.Hour)
		out = append(out, Finding{Level: Bad, Key: "denylist_old", Params: params})
	}
	if l.Trouble.Said != "" {
		out = append(out, Finding{Level: Bad, Key: "denylist_refused", Trouble: l.Trouble})
	}
	return out
}

// Level judges how much room is left.
func (d Disk) Level() Level {
	free, size := d.Space.Free, d.Space.Size
	switch {
	case d.Trouble.Said != "":
		return Warn
	case free < diskBad:
		return Bad
	case free < diskWarn, size > 0 && free*100/size < diskWarnShare && free < diskWarnCeiling:
		return Warn
	}
	return Good
}

func (d Disk) finding() []Finding {
	level := d.Level()
	switch {
	case d.Trouble.Said != "":
		return []Finding{{Level: level, Key: "disk_unknown", Params: map[string]any{"path": d.Path}, Trouble: d.Trouble}}
	case level == Good:
		return nil
	}
	return []Finding{{Level: level, Key: "disk_full", Params: map[string]any{"path": d.Path}}}
}
