package serve

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Files opens the files of documents; an interface so that a test need not write
// storages of a hundred megabytes. [source.Source] is one.
type Files interface {
	// OpenFile gives file n of [clinical.Text.Files] of a document, whose size is that of
	// its content, and what is not there or not readable any more as an error; what is
	// being written has [wire.KeyBeingWritten].
	OpenFile(ctx context.Context, e index.Entry, n int, mark string) (*source.File, error)
}

// Between two checks of the hospital's facts while documents or a file flow; by bytes of a
// file only.
const (
	recheckBytes = 1 << 20
	recheckTime  = time.Second
)

// file releases one file of a document: assertion, decision of the hospital's own,
// trail row, bytes, completion row. After the assertion every way of not having the
// file is the same not found, but for one that may be had and is just being written,
// which is unavailable; the trail tells them apart.
func (s *server) file(w http.ResponseWriter, r *http.Request) {
	req, a, err := asserted[wire.FileRequest](s, w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	begun := s.Clock()
	d, err := s.decide(r.Context(), a, wire.ContentRequest{Items: []ident.ItemID{req.Item}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	row := index.TrailRow{Decision: a.Decision, Outcome: index.Denied, Viewer: a.Viewer, Patient: a.PatientID}
	row.Detail.Kinds, row.Detail.Refused, row.Detail.File = d.kinds, d.reasons, &req.File
	if len(d.entries) == 0 {
		if len(d.kinds) > 0 { // else the decision itself was a denial
			s.completed(r.Context(), row, begun)
		}
		s.fail(w, r, withheld(a))
		return
	}
	entry := d.entries[0]
	file, err := s.Files.OpenFile(r.Context(), entry, req.File, req.Mark)
	if err != nil {
		s.Log.WarnContext(r.Context(), "file of a disclosure", "item", entry.ID, logging.KeyError, err)
		row.Outcome, row.Detail.Refused[entry.ID] = index.Failed, unreadable(err)
		s.completed(r.Context(), row, begun)
		if unreadable(err) != index.RefusedWritten { // which is no secret from who may have it
			err = withheld(a)
		}
		s.fail(w, r, err)
		return
	}
	defer file.Content.Close()
	h := w.Header()
	h.Set("Content-Type", file.MediaType)
	h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	row.Outcome = index.Done
	row.Detail.Bytes, err = s.pour(r.Context(), w, file.Content, a, entry)
	if err == nil && row.Detail.Bytes != file.Size {
		err = fault.New(fault.Internal, "the file has %d bytes, not %d as when it was opened", row.Detail.Bytes, file.Size)
	}
	if err != nil {
		row.Outcome, row.Detail.Reason = index.Failed, err.Error()
	}
	s.completed(r.Context(), row, begun)
	if err != nil {
		panic(http.ErrAbortHandler) // a part must not pass for the whole
	}
}

func withheld(a wire.Assertion) error {
	return fault.New(fault.NotFound, "the file is not to be had; see the trail for decision %s", a.Decision)
}

// pour sends the content piece by piece and gives how much of it was sent. A link that
// ends or a matrix that is narrowed meanwhile cuts it.
func (s *server) pour(ctx context.Context, w io.Writer, content io.Reader, a wire.Assertion, e index.Entry) (sent int64, err error) {
	piece := make([]byte, 64<<10)
	checkedAt, checked := s.Clock(), int64(0)
	for {
		n, rerr := content.Read(piece)
		if n > 0 {
			if sent-checked >= recheckBytes || s.Clock().Sub(checkedAt) >= recheckTime {
				if err := s.stillReleased(ctx, a, e); err != nil {
					return sent, err
				}
				checkedAt, checked = s.Clock(), sent
			}
			written, err := w.Write(piece[:n])
			sent += int64(written)
			if err != nil {
				return sent, err
			}
		}
		if rerr == io.EOF {
			return sent, nil
		}
		if rerr != nil {
			return sent, rerr
		}
	}
}

// stillReleased decides once more about a document that is being sent.
func (s *server) stillReleased(ctx context.Context, a wire.Assertion, e index.Entry) error {
	if err := s.Denylist.CheckAssertion(a); err != nil {
		return err
	}
	own, err := s.ownFacts(ctx, s.Index.Reader(), a.PatientID)
	if err != nil {
		return err
	}
	a.Kinds = []clinical.Kind{e.Kind}
	until := s.decideKinds(a, own, s.Clock(), &index.TrailDetail{})
	if last, ok := until[e.Kind]; !ok || e.Date > last {
		return fault.New(fault.Denied, "not released any more while it was being sent")
	}
	return nil
}
