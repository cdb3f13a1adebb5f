package filing

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// merge is one patient id whose records now belong to another's.
type merge struct{ prior, surviving ident.LocalPatientID }

// mergeEvents are the trigger events of HL7 v2.5 chapter 3 that put one patient id, or
// an account under it, in another's place.
var mergeEvents = map[string]bool{
	"A18": true, "A30": true, "A34": true, "A35": true, "A36": true, "A39": true, "A40": true, "A41": true, "A46": true, "A47": true, "A49": true,
}

// IsMerge reports whether a message of the type and event merges patient ids.
func IsMerge(code, event string) bool { return code == "ADT" && mergeEvents[event] }

// mergesOf reads the pairs of PID and MRG. ok is false for a message of another kind.
func mergesOf(msg *hl7v2.Message) (out []merge, ok bool, err error) {
	msh := msg.Header()
	if !IsMerge(msh.At(9, 1, 1, 1), msh.At(9, 1, 2, 1)) {
		return nil, false, nil
	}
	var pid *hl7v2.Segment
	for s := range msg.All() {
		switch s.Name {
		case "PID":
			pid = s
		case "MRG":
			own, priors := ownIDs(pid.Field(3)), ownIDs(s.Field(1))
			if len(own) == 0 {
				return nil, true, s.Errorf(0, "no patient id before it that survives")
			}
			if len(priors) == 0 {
				return nil, true, s.Errorf(1, "no patient id that was merged")
			}
			for _, prior := range priors {
				out = append(out, merge{prior, survivor(own, priors)})
			}
		}
	}
	if len(out) == 0 {
		return nil, true, msh.Errorf(0, "a merge without MRG segment")
	}
	return out, true, nil
}

// survivor gives the id that others are merged into. PID-3 may list those beside it.
func survivor(own, priors []ident.LocalPatientID) ident.LocalPatientID {
	for _, id := range own {
		if !slices.Contains(priors, id) {
			return id
		}
	}
	return own[0]
}

// ownIDs gives the identifiers of the facility's own kind, PI or unnamed.
func ownIDs(f hl7v2.Field) (out []ident.LocalPatientID) {
	for rep := range f.Repetitions() {
		id, kind := strings.TrimSpace(rep.Component(1).Text()), rep.Component(5).Text()
		if id != "" && (kind == "" || kind == "PI") {
			out = append(out, ident.LocalPatientID(id))
		}
	}
	return out
}

// gone knows which numbers are merged into others, by the ledger. It is written by others
// too, who take merges back.
//
// A ledger that is damaged while the gateway runs holds up no message: it only tells which
// are listed, and the index, which has the merges as well, goes on refusing those numbers.
// What its sound lines say counts, and of numbers that they do not name what was known
// before. Nothing is filed late meanwhile, see [Filer.withheld], and a gateway does not
// start with it.
type gone struct {
	dir string
	log *slog.Logger

	mu      sync.Mutex
	version time.Time // of what was read
	size    int64
	numbers map[ident.LocalPatientID]bool
	damage  error // why it could not be read whole
}

func (g *gone) has(id ident.LocalPatientID) (bool, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.read()
	return g.numbers[id], err
}

// damaged tells why the ledger cannot be read whole; nil: it can.
func (g *gone) damaged() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.read(); err != nil {
		return err
	}
	return g.damage
}

// read reads the ledger if it was written since.
func (g *gone) read() error {
	at, size, err := ledger.Written(g.dir)
	if err != nil {
		return err
	}
	if g.numbers != nil && at.Equal(g.version) && size == g.size {
		return nil
	}
	events, err := ledger.Read(g.dir)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	standing, numbers := ledger.Sum(events), map[ident.LocalPatientID]bool{}
	for _, e := range standing.Merged {
		numbers[e.Prior] = true
	}
	if err != nil {
		for id := range g.numbers {
			if !standing.Told[id] {
				numbers[id] = true
			}
		}
		g.log.Error("the ledger of merges is damaged: it is gone by as far as it can be read, and nothing is filed late", logging.KeyError, err)
	} else if g.damage != nil {
		g.log.Info("the ledger of merges is whole again")
	}
	g.version, g.size, g.numbers, g.damage = at, size, numbers, err
	return nil
}

// listMerged lists a message that comes under a patient number that was merged away. It is
// filed all the same: the merge may be taken back.
func (f *Filer) listMerged(msg *hl7v2.Message, r journal.Record) error {
	id, err := ssmix2.PatientOf(msg)
	if err != nil {
		return nil // which is why it will be kept
	}
	if merged, err := f.gone.has(id); !merged || err != nil {
		return err
	}
	return f.list(r, kept.ReasonMergedNumber, msg.First("PID").Place(3)+": a number that was merged into another: what is filed under it is shown to nobody")
}

// plain takes the path out of an error: a patient's number is in it.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
