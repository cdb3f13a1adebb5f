package link

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// callTimeout bounds a call whose caller has set no deadline.
const callTimeout = 30 * time.Second

// yearBefore is how many days before a period orders are looked for that reach into it,
// where the gateway does not do it.
const yearBefore = 365

// call makes a call with one JSON answer.
func call[Out any](ctx context.Context, l *lane, path string, in any) (Out, error) {
	var out Out
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("%s: %w", path, err)
	}
	res, err := l.post(ctx, path, body)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return out, l.silent(ctx, path, err)
	}
	if len(data) > maxAnswer {
		return out, fault.New(fault.Internal, "gateway %s, %s: answer of more than %d bytes", l.gateway.ID, path, maxAnswer)
	}
	switch err := json.NewDecoder(bytes.NewReader(data)).Decode(&out); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		// The gateway was stopped while it answered. HTTP ends such an answer like a
		// whole one when the handler has returned before the connection went.
		return out, l.silent(ctx, path, err)
	case err != nil:
		return out, fault.New(fault.Internal, "gateway %s, %s: %w", l.gateway.ID, path, err)
	}
	return out, nil
}

// stream makes a call whose answer is JSON lines and gives each to each, which holds
// the gateway back while it works. It ends when last says that a line is the last
// one, when each fails, or with an error if the lines break off before.
func stream[Out any](ctx context.Context, l *lane, path string, body []byte, last func(Out) (bool, *wire.Error), each func(Out) error, fields ...header) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // tells the gateway to stop, if it has not
	res, err := l.post(ctx, path, body, fields...)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		var out Out
		if err := json.Unmarshal(lines.Bytes(), &out); err != nil {
			return fault.New(fault.Internal, "gateway %s, %s: %w", l.gateway.ID, path, err)
		}
		done, failure := last(out)
		if failure != nil {
			return failure.Fault()
		}
		if err := each(out); err != nil {
			return err
		}
		if done {
			return nil
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fault.New(fault.Internal, "gateway %s, %s: a line of more than %d bytes", l.gateway.ID, path, maxLine)
	}
	err = lines.Err()
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return l.silent(ctx, path, err)
}

// ask is [call] on the facility's call lane.
func ask[Out any](ctx context.Context, h *Hub, f ident.FacilityID, path string, in any) (Out, error) {
	l, err := h.lane(f, wire.LaneCall)
	if err != nil {
		var none Out
		return none, err
	}
	return call[Out](ctx, l, path, in)
}

// Verify compares a person with what the facility's gateway holds under a patient ID.
// It changes nothing.
func (h *Hub) Verify(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error) {
	return ask[wire.Verification](ctx, h, f, wire.PathVerify, c)
}

// Candidates asks which of the facility's patients a person may be.
func (h *Hub) Candidates(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Candidates, error) {
	return ask[wire.Candidates](ctx, h, f, wire.PathCandidates, c)
}

// Link verifies and, on a match, makes the gateway index and serve the patient.
func (h *Hub) Link(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error) {
	return ask[wire.Verification](ctx, h, f, wire.PathLink, c)
}

// Unlink makes the gateway serve the patient no longer.
func (h *Hub) Unlink(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID) error {
	_, err := ask[struct{}](ctx, h, f, wire.PathUnlink, wire.PatientRef{PatientID: id})
	return err
}

// Sync gives the gateway the whole set of linked patients.
func (h *Hub) Sync(ctx context.Context, f ident.FacilityID, set wire.LinkedSet) (wire.SyncResult, error) {
	return ask[wire.SyncResult](ctx, h, f, wire.PathSync, set)
}

// Release asks for the facility's release matrix.
func (h *Hub) Release(ctx context.Context, f ident.FacilityID) (wire.ReleaseState, error) {
	return ask[wire.ReleaseState](ctx, h, f, wire.PathRelease, struct{}{})
}

// Propose proposes a release matrix; what widens waits for approval at the gateway.
func (h *Hub) Propose(ctx context.Context, f ident.FacilityID, p wire.Proposal) (wire.ReleaseState, error) {
	return ask[wire.ReleaseState](ctx, h, f, wire.PathPropose, p)
}

// Deny gives the gateway the list of what was revoked. One of an older wire version, which
// has no such list, is of kind not found.
func (h *Hub) Deny(ctx context.Context, f ident.FacilityID, list wire.SignedDenylist) (wire.DenylistTaken, error) {
	l, err := h.lane(f, wire.LaneCall)
	if err == nil && l.version < wire.VersionDenylist {
		err = fault.New(fault.NotFound, "gateway %s speaks wire version %d, which has no denylist: update it", l.gateway.ID, l.version)
	}
	if err != nil {
		return wire.DenylistTaken{}, err
	}
	return call[wire.DenylistTaken](ctx, l, wire.PathDenylist, list)
}

// RequestRenewal has the gateway make its next key and ask for a certificate for it.
func (h *Hub) RequestRenewal(ctx context.Context, f ident.FacilityID) (wire.Renewal, error) {
	return ask[wire.Renewal](ctx, h, f, wire.PathRenew, struct{}{})
}

// Renew gives the gateway its next certificate. It links anew soon after it has answered.
func (h *Hub) Renew(ctx context.Context, f ident.FacilityID, next wire.Renewed) error {
	_, err := ask[struct{}](ctx, h, f, wire.PathRenewed, next)
	return err
}

// Refresh makes the gateway read the patient's record anew and gives its progress,
// the line with Done included.
func (h *Hub) Refresh(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID, each func(wire.Progress) error) error {
	l, err := h.lane(f, wire.LaneCall)
	if err != nil {
		return err
	}
	body, err := json.Marshal(wire.PatientRef{PatientID: id})
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return stream(ctx, l, wire.PathRefresh, body, func(p wire.Progress) (bool, *wire.Error) { return p.Done, p.Error }, each)
}

// Changes follows the gateway's catalog. The stream has no last line: it ends with an
// error, that of ctx, of each, or gateway.silent.
func (h *Hub) Changes(ctx context.Context, f ident.FacilityID, from wire.ChangesRequest, each func(wire.Change) error) error {
	l, err := h.lane(f, wire.LaneCall)
	if err != nil {
		return err
	}
	body, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("changes: %w", err)
	}
	return stream(ctx, l, wire.PathChanges, body, func(wire.Change) (bool, *wire.Error) { return false, nil }, each)
}

// Content fetches content under an assertion, the line with Done included. The hub
// fills what binds the assertion to this gateway, link and request, and signs it. A gateway
// of before [wire.VersionPeriod] is asked for a year more than the period: what is ordered
// for longer before it does not come from there.
func (h *Hub) Content(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.ContentRequest, each func(wire.Content) error) error {
	l, err := h.lane(f, wire.LaneBulk)
	if err != nil {
		return err
	}
	if since := clinical.Time(req.Since).Day(); l.version < wire.VersionPeriod && !since.IsZero() {
		req.Since = since.AddDays(-yearBefore).Compact()
	}
	body, token, err := h.asserted(l, wire.PathContent, a, req)
	if err != nil {
		return err
	}
	return stream(ctx, l, wire.PathContent, body, func(c wire.Content) (bool, *wire.Error) { return c.Done, c.Error }, each, token)
}

// File fetches one file of a document under an assertion, as [Hub.Content] does. The
// caller closes the content; ctx ends the transfer at any time. The size is -1 where the
// gateway does not say one; content that breaks off before it is gateway.silent.
func (h *Hub) File(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.FileRequest) (clinical.File, io.ReadCloser, error) {
	l, err := h.lane(f, wire.LaneBulk)
	if err != nil {
		return clinical.File{}, nil, err
	}
	body, token, err := h.asserted(l, wire.PathFile, a, req)
	if err != nil {
		return clinical.File{}, nil, err
	}
	res, err := l.post(ctx, wire.PathFile, body, token)
	if err != nil {
		return clinical.File{}, nil, err
	}
	file := clinical.File{MediaType: "application/octet-stream", Size: res.ContentLength}
	if media, _, err := mime.ParseMediaType(res.Header.Get("Content-Type")); err == nil {
		file.MediaType = media
	}
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil {
		file.Name = params["filename"]
	}
	return file, &fileBody{ReadCloser: res.Body, ctx: ctx, lane: l}, nil
}

// fileBody is the content of a file on its way.
type fileBody struct {
	io.ReadCloser
	ctx  context.Context
	lane *lane
}

func (b *fileBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = b.lane.silent(b.ctx, wire.PathFile, err)
	}
	return n, err
}

// asserted makes a request that goes under an assertion over a lane: the body, and the
// header with the assertion bound to both.
func (h *Hub) asserted(l *lane, path string, a wire.Assertion, req any) ([]byte, header, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return nil, header{}, fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(body)
	a.Gateway, a.CertSHA256 = l.gateway.ID, h.certSHA256
	a.Path, a.BodySHA256 = path, hex.EncodeToString(sum[:])
	token, err := h.cfg.Signer.Sign(a, h.cfg.Clock())
	if err != nil {
		return nil, header{}, fmt.Errorf("%s: %w", path, err)
	}
	return body, header{wire.AssertionHeader, token}, nil
}
