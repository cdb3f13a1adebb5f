package mllp

import (
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

// State is how receiving stands. Counts are since the start of the gateway.
type State struct {
	At        time.Time       `json:"at"`
	Listeners []ListenerState `json:"listeners"`

	Backlog      int           `json:"backlog"` // messages acknowledged and not filed
	BacklogBytes int64         `json:"backlog_bytes"`
	FilingLag    time.Duration `json:"filing_lag"`        // age of the first of them; 0: there is none
	Trouble      string        `json:"trouble,omitempty"` // why nothing is filed now; empty: it is
	Cause        cause.Kind    `json:"cause,omitempty"`   // of Trouble
	Ledger       string        `json:"ledger,omitempty"`  // why the ledger of merges cannot be read whole; empty: it can
	Damaged      int           `json:"damaged"`           // stretches of the journal that could not be read, with acknowledged messages in them

	DiskFree int64 `json:"disk_free"` // bytes
	DiskLow  bool  `json:"disk_low"`  // everything is refused until there is room

	Kept        int `json:"kept"`         // acknowledged and could not be filed
	KeptDamaged int `json:"kept_damaged"` // of those, the ones whose entry is damaged
	Refused     int `json:"refused"`      // the newest that were refused
	Flagged     int `json:"flagged"`      // filed with a remark
}

// ListenerState is how one listener stands.
type ListenerState struct {
	Name        string   `json:"name"`
	Address     string   `json:"address"` // that is listened on
	Security    Security `json:"security"`
	Connections int      `json:"connections"` // open now

	Accepted  int64 `json:"accepted"`  // acknowledged, duplicates and flagged among them
	Rejected  int64 `json:"rejected"`  // answered with AE or AR
	Duplicate int64 `json:"duplicate"` // acknowledged again and not filed again
	Flagged   int64 `json:"flagged"`   // id used before for another body
	Garbage   int64 `json:"garbage"`   // bytes between messages

	Last      time.Time                     `json:"last"`                // when the last message came; zero: none did
	Incidents map[incident.Kind]tally.State `json:"incidents,omitempty"` // what kept messages from coming; what never happened is left out
}

// State tells how receiving stands. That of filing is for who files to fill in.
func (r *Receiver) State() State {
	j, counts, now := r.journal.State(), r.cfg.Kept.Counts(), r.cfg.Clock()
	st := State{
		At: now, Backlog: j.Records, BacklogBytes: j.Bytes,
		DiskFree: r.freeBytes.Load(), DiskLow: r.low.Load(),
		Kept: counts[kept.Accepted], KeptDamaged: r.cfg.Kept.Damaged(), Refused: counts[kept.Refused], Flagged: counts[kept.Flagged],
	}
	var err error
	if st.Damaged, err = r.journal.Damaged(); err != nil {
		r.cfg.Log.Error("damaged stretches of the journal", logging.KeyError, err)
	}
	if !j.Oldest.IsZero() {
		st.FilingLag = max(0, now.Sub(j.Oldest))
	}
	for _, l := range r.listeners {
		st.Listeners = append(st.Listeners, l.state())
	}
	return st
}

func (l *listener) state() ListenerState {
	conns := l.server.Stats()
	st := ListenerState{
		Name: l.cfg.Name, Address: l.server.Addr().String(), Security: l.cfg.Security, Connections: conns.Open,
		Accepted: l.accepted.Load(), Rejected: l.rejected.Load(), Duplicate: l.duplicates.Load(), Flagged: l.changed.Load(),
		Garbage: l.garbage.Load(),
	}
	for kind, t := range map[incident.Kind]tally.State{
		incident.Address: conns.Address, incident.TLS: conns.TLS, incident.Full: conns.Full,
		incident.Cut: l.cut.State(), incident.Stray: l.stray.State(), incident.Refused: l.refused.State(), incident.Unheard: l.unheard.State(),
	} {
		if t.Total > 0 {
			if st.Incidents == nil {
				st.Incidents = map[incident.Kind]tally.State{}
			}
			st.Incidents[kind] = t
		}
	}
	if at := l.last.Load(); at != 0 {
		st.Last = time.UnixMicro(at)
	}
	return st
}
