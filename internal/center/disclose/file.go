package disclose

import (
	"context"
	"errors"
	"io"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// FileRef names one file of one document of a person.
type FileRef struct {
	Person   ident.PersonID
	Facility ident.FacilityID
	Item     ident.ItemID
	Number   int    // place in [clinical.Text.Files]
	Mark     string // of the file that was shown there, see [clinical.File.Mark]
}

// ErrCut ends a file in the middle: what has been sent of it is not the whole.
var ErrCut = errors.New("the file was cut off")

const (
	// While a file flows the facts are read again after so much or so long.
	recheckBytes = 1 << 20
	recheckTime  = time.Second
	// stallTimeout is how long a gateway may send nothing of a file that it has begun.
	stallTimeout = 30 * time.Second
)

// fileOutcome is how much of which file was sent.
type fileOutcome struct {
	number int
	bytes  int64
}

// SendFile sends one file of a document to where begin says, piece by piece as it
// comes. It is a disclosure of its own: decided and recorded before anybody is asked,
// with a completion that says how much was sent, and decided again while it flows, so
// that what is revoked meanwhile ends it. begin is called once, when the gateway has
// released the file and before its first byte; name and media type are the hospital's
// own words.
//
// Errors before begin: not found for a person, a facility or a document that is not the
// caller's to know of and for a file that its gateway does not give, denied if the
// document may not be seen, unavailable (gateway.silent; [wire.KeyBeingWritten] for a file
// that somebody at the hospital is writing). After begin: [ErrCut], wrapped.
func (s *Service) SendFile(ctx context.Context, c signin.Caller, ref FileRef, begin func(clinical.File) io.Writer) error {
	if err := s.guard.Refused(ctx, demandReader(c, audit.ActionDecide)); err != nil {
		return err
	}
	var q query
	var denied bool
	err := s.guard.InTx(ctx, func(ctx context.Context, tx *db.Tx, now time.Time) error {
		var err error
		q, denied, err = s.decideItems(ctx, tx, c, onFile, ref.Person, ref.Facility, []ident.ItemID{ref.Item}, now)
		return err
	})
	if err != nil {
		return err
	}
	if denied {
		return fault.New(fault.Denied, "file: denied")
	}
	start := s.cfg.Clock()
	o, err := s.sendFile(ctx, c, q, ref, start, begin)
	o.took = s.cfg.Clock().Sub(start)
	return s.conclude(ctx, c, q, o, err)
}

func (s *Service) sendFile(ctx context.Context, c signin.Caller, q query, ref FileRef, decided time.Time, begin func(clinical.File) io.Writer) (o outcome, err error) {
	o.file = &fileOutcome{number: ref.Number}
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(fetchTimeout, func() { cancel(context.DeadlineExceeded) })
	defer watch.Stop()
	file, content, err := s.cfg.Gateways.File(limited, q.facility, q.assertion(c), wire.FileRequest{Item: ref.Item, File: ref.Number, Mark: ref.Mark})
	if fault.Is(err, fault.NotFound) {
		o.result, o.cause = audit.Denied, "gateway denied"
		return o, err
	}
	if err != nil {
		o.result, o.cause, err = s.failure(ctx, limited, q, err)
		return o, err
	}
	defer content.Close()
	out := &taker{to: begin(file)}
	var why error // it was cut by this side
	err = s.pour(out, &o.file.bytes, decided, func(p []byte) (int, error) {
		watch.Reset(stallTimeout)
		defer watch.Stop() // a reader that is slow is no gateway that is silent
		return content.Read(p)
	}, func() error {
		why = s.stillAllowed(ctx, c, q, ref)
		return why
	})
	if err == nil && file.Size >= 0 && o.file.bytes != file.Size {
		err = fault.WithKey(fault.Unavailable, "gateway.silent", nil)
	}
	switch {
	case err == nil:
		o.result, o.documents = audit.Done, 1
		return o, nil
	case fault.Is(why, fault.Denied):
		o.result, o.cause = audit.Denied, "denied while it was being sent"
	case out.gone:
		o.result, o.cause = audit.Failed, "reader gone"
	default:
		o.result, o.cause, err = s.failure(ctx, limited, q, err)
	}
	return o, errors.Join(ErrCut, err)
}

// taker is who takes the file.
type taker struct {
	to   io.Writer
	gone bool
}

func (t *taker) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	t.gone = t.gone || err != nil
	return n, err
}

// pour copies what read gives until its end, and asks check in between, the first time a
// second after checkedAt: a gateway may take long to begin. sent counts on.
func (s *Service) pour(out io.Writer, sent *int64, checkedAt time.Time, read func([]byte) (int, error), check func() error) error {
	piece := make([]byte, 64<<10)
	checked := int64(0)
	for {
		n, rerr := read(piece)
		if n > 0 {
			if *sent-checked >= recheckBytes || s.cfg.Clock().Sub(checkedAt) >= recheckTime {
				if err := check(); err != nil {
					return err
				}
				checkedAt, checked = s.cfg.Clock(), *sent
			}
			written, err := out.Write(piece[:n])
			*sent += int64(written)
			if err != nil {
				return err
			}
		}
		if rerr == io.EOF {
			return nil
		}
		if rerr != nil {
			return rerr
		}
	}
}

// stillAllowed decides once more about a document whose file is being sent, for its
// reader as they are now. It is denied if the facts no longer allow it, the reader's
// session among them; the completion says so in place of a probe.
func (s *Service) stillAllowed(ctx context.Context, c signin.Caller, q query, ref FileRef) error {
	return s.cfg.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		now := s.cfg.Clock()
		reader, err := signin.Still(ctx, tx, c, now)
		if err != nil {
			return err
		}
		sc, err := read(ctx, tx, reader, ref.Person, now)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.Denied, "own link ended")
		}
		if err != nil {
			return err
		}
		o, _ := sc.of(ref.Facility)
		if o.link.PatientID != q.owner.link.PatientID || !catalog.Shows(o.verdict.Windows, q.opened) {
			return fault.New(fault.Denied, "denied on fresh facts")
		}
		return nil
	})
}
