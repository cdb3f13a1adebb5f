// Package health is how a gateway stands (稼働状況): its sources, its link to the center, its
// certificate, its disks, what it could not read; and what of that somebody has to mend.
//
// It holds counts, places and states, never anything of a patient. Whoever runs a source
// fills a [Source]; the console shows whatever sources there are.
package health

import (
	"strings"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/tally"
)

// Snapshot is how a gateway stands at one moment.
type Snapshot struct {
	Now     time.Time
	Started time.Time
	Version string
	Gateway ident.GatewayID

	Link        Link
	Certificate time.Time // until when the gateway's own certificate holds
	Denylist    Denylist
	Sources     []Source
	Stuck       cause.Trouble // why the index does not take in what is read; zero: it does
	Disks       []Disk

	Patients  int // whose demographics are known
	Linked    int
	Documents int // of linked patients
	Suspended int // links whose record disagrees by now
	Damaged   int // stretches of received messages that the disk gave back damaged: acknowledged, and lost
	// DamagedRecords are linked patients whose record in the index is damaged.
	DamagedRecords int
	DamagedKept    int // of Unfiled, those of which the disk gave the entry back damaged
	// DamagedLedger is why the ledger of merged patient numbers cannot be read whole, with
	// file and line; zero: it can.
	DamagedLedger cause.Trouble
	Unfiled       int  // messages that were acknowledged and could not be filed: nobody else has them
	Unseen        int  // messages that were filed with a remark which somebody has to look at, see [kept.Reason.NeedsLook], and nobody has
	UnseenFull    bool // there is no room for more of them: the oldest leave the list
	Reasons       []index.ReasonCount
	Remarks       index.RemarkTotals // files that are read although something about them is odd
}

// Unreadable counts the files that cannot be read; those held back are not among them.
func (s Snapshot) Unreadable() int { return s.files(false) }

// Quarantined counts the files that name another person than their folder does.
func (s Snapshot) Quarantined() int { return s.files(true) }

func (s Snapshot) files(quarantined bool) (n int) {
	for _, c := range s.Reasons {
		if c.Reason.Quarantined() == quarantined {
			n += c.Files
		}
	}
	return n
}

// Ready reports whether the gateway can answer the center: every source has been read
// through and the link stands.
func (s Snapshot) Ready() bool {
	for _, source := range s.Sources {
		if source.State == Starting {
			return false
		}
	}
	return s.Link.Connected
}

// Link is the connection to the center.
type Link struct {
	Addr      string // host:port that is dialled
	Connected bool
	Waiting   bool          // not dialled yet: the storage is still being read through
	Since     time.Time     // since when it is as it is; zero: it has never been connected
	Trouble   cause.Trouble // the last error; zero for none since it connected
	TroubleAt time.Time
}

// Denylist is how the center's list of what was revoked stands.
type Denylist struct {
	Entries int
	Newest  time.Time     // when the newest list was issued; zero: none has come
	Age     time.Duration // of what is known
	Trouble cause.Trouble // why the last list was refused; zero if it was taken
}

// Kind is what sort of source it is.
type Kind string

const (
	Storage  Kind = "storage"  // SS-MIX2 standardised storage
	Extended Kind = "extended" // SS-MIX2 extended storage
	Messages Kind = "messages" // HL7 v2.5 over MLLP
)

// State is how a source stands.
type State string

const (
	Up       State = "up"
	Starting State = "starting" // being read through for the first time
	Down     State = "down"
)

// Source is one place from which the gateway gets documents.
type Source struct {
	Name    string // unique among the sources
	Kind    Kind
	Place   string // folder, or address that is listened on
	State   State
	Trouble cause.Trouble // why it is down
	Since   time.Time     // since when it is down; zero if it is not known
	Lag     time.Duration // since it was last looked through; 0 where that means nothing
	Facts   []Fact
	// Receiving is of sources to which others send; nil of those that are read.
	Receiving *Receiving
}

// Receiving is what kept messages from coming to a port, since the start.
type Receiving struct {
	Listener  string
	Incidents []Incident // one of each key, in the order in which a sender meets them
	Unframed  int64      // bytes outside of messages
}

// Happened gives the incidents that there were.
func (r *Receiving) Happened() (out []Incident) {
	for _, i := range r.Incidents {
		if i.Total > 0 {
			out = append(out, i)
		}
	}
	return out
}

// Incident is one way in which messages do not come: the texts incident.KEY,
// finding.incident.KEY and advice.incident.KEY.
type Incident struct {
	Key incident.Kind
	tally.State
}

// Others gives the addresses it happened to before the last one.
func (i Incident) Others() string {
	var out []string
	for _, p := range i.Peers[min(1, len(i.Peers)):] {
		out = append(out, p.Address)
	}
	return strings.Join(out, ", ")
}

// incidentHolds is how long an incident is a finding: what is mended is quiet by the next
// day, and what is not happens again.
const incidentHolds = 24 * time.Hour

// Recent gives the senders that somebody has to look at, the latest first. A message that
// broke off or was refused counts, and so does a sender that was sent away for want of room.
// Who is not let in, sends something else, or does not wait for answers, must have kept
// trying: a port scan comes and goes.
func (i Incident) Recent(now time.Time) (out []tally.Peer) {
	for _, p := range i.Peers {
		at := p.Lasting
		if i.Key == incident.Full || i.Key == incident.Cut || i.Key == incident.Refused {
			at = p.Last
		}
		if !at.IsZero() && now.Sub(at) < incidentHolds {
			out = append(out, p)
		}
	}
	return out
}

// Fact is something to say about a source: the text fact.KEY of the console's catalogue,
// and a value that is a number, a text, a [time.Time] or a [time.Duration].
type Fact struct {
	Key   fault.Key
	Value any
}

// Disk is a file system that the gateway writes to.
type Disk struct {
	Name    fault.Key // the text disk.NAME: what lies there
	Path    string
	Space   disk.Space
	Trouble cause.Trouble // why its space is not known
}

// Event is something that happened to the gateway since it started: the text event.KEY.
type Event struct {
	At      time.Time
	Level   Level
	Key     fault.Key
	Place   string
	Trouble cause.Trouble
}
