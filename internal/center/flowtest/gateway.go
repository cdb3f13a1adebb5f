package flowtest

import (
	"context"
	"io"
	"slices"
	"sync"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Gateway is one hospital's gateway made by hand. Set its fields between calls only.
type Gateway struct {
	Online    bool
	Patients  map[ident.LocalPatientID]wire.Claim // what the hospital's own record says
	Linked    []ident.LocalPatientID
	Documents []wire.Content
	State     wire.ReleaseState
	Suspended []ident.LocalPatientID                                                                                  // answer to the next sync
	Feed      chan wire.Change                                                                                        // what the change stream gives
	Before    func(ctx context.Context, call string) error                                                            // runs before each call is answered, if set
	Progress  []wire.Progress                                                                                         // what a refresh answers
	Answer    func(a wire.Assertion, each func(wire.Content) error) (bool, error)                                     // in place of Documents, if it says true
	File      func(ctx context.Context, a wire.Assertion, req wire.FileRequest) (clinical.File, io.ReadCloser, error) // nil: no document has files
	Asked     []wire.Assertion
	Requests  []wire.ContentRequest
	Synced    []wire.LinkedSet
	From      []wire.ChangesRequest
}

// Gateways are the network's gateways, as the link shows them to the flows.
type Gateways struct {
	mu sync.Mutex
	of map[ident.FacilityID]*Gateway
}

func newGateways() *Gateways { return &Gateways{of: map[ident.FacilityID]*Gateway{}} }

// At gives a facility's gateway to be set up.
func (g *Gateways) At(f ident.FacilityID) *Gateway {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.of[f] == nil {
		g.of[f] = &Gateway{Patients: map[ident.LocalPatientID]wire.Claim{}, Feed: make(chan wire.Change, 2000)}
	}
	return g.of[f]
}

// With runs fn while no call is being answered.
func (g *Gateways) With(f ident.FacilityID, fn func(*Gateway)) {
	gw := g.At(f)
	g.mu.Lock()
	defer g.mu.Unlock()
	fn(gw)
}

// enter begins a call: it is refused at once if the gateway is not there.
func (g *Gateways) enter(ctx context.Context, f ident.FacilityID, call string) (*Gateway, error) {
	gw := g.At(f)
	g.mu.Lock()
	online, before := gw.Online, gw.Before
	g.mu.Unlock()
	if !online {
		return nil, fault.WithKey(fault.Unavailable, "gateway.silent", nil)
	}
	if before != nil {
		if err := before(ctx, call); err != nil {
			return nil, err
		}
	}
	g.mu.Lock()
	return gw, nil
}

// Online reports whether the gateway is there.
func (g *Gateways) Online(f ident.FacilityID) bool {
	gw := g.At(f)
	g.mu.Lock()
	defer g.mu.Unlock()
	return gw.Online
}

// Verify compares a claim with the hospital's record.
func (g *Gateways) Verify(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error) {
	gw, err := g.enter(ctx, f, "verify")
	if err != nil {
		return wire.Verification{}, err
	}
	defer g.mu.Unlock()
	return gw.verify(c), nil
}

func (gw *Gateway) verify(c wire.Claim) wire.Verification {
	own, ok := gw.Patients[c.PatientID]
	if !ok {
		return wire.Verification{}
	}
	v := wire.Verification{Known: true}
	if own.BirthDate != c.BirthDate {
		v.Differs = append(v.Differs, wire.FieldBirthDate)
	}
	if own.Sex != c.Sex {
		v.Differs = append(v.Differs, wire.FieldSex)
	}
	if own.Kana != c.Kana {
		v.Differs = append(v.Differs, wire.FieldKana)
	}
	v.Match = len(v.Differs) == 0
	return v
}

// Candidates lists the patients of whom the record agrees with the claim.
func (g *Gateways) Candidates(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Candidates, error) {
	gw, err := g.enter(ctx, f, "candidates")
	if err != nil {
		return wire.Candidates{}, err
	}
	defer g.mu.Unlock()
	var out wire.Candidates
	for id := range gw.Patients {
		c.PatientID = id
		if gw.verify(c).Match {
			out.PatientIDs = append(out.PatientIDs, id)
		}
	}
	slices.Sort(out.PatientIDs)
	return out, nil
}

// Link verifies and links.
func (g *Gateways) Link(ctx context.Context, f ident.FacilityID, c wire.Claim) (wire.Verification, error) {
	gw, err := g.enter(ctx, f, "link")
	if err != nil {
		return wire.Verification{}, err
	}
	defer g.mu.Unlock()
	v := gw.verify(c)
	if v.Match && !slices.Contains(gw.Linked, c.PatientID) {
		gw.Linked = append(gw.Linked, c.PatientID)
	}
	return v, nil
}

// Unlink forgets a patient.
func (g *Gateways) Unlink(ctx context.Context, f ident.FacilityID, id ident.LocalPatientID) error {
	gw, err := g.enter(ctx, f, "unlink")
	if err != nil {
		return err
	}
	defer g.mu.Unlock()
	gw.Linked = slices.DeleteFunc(gw.Linked, func(l ident.LocalPatientID) bool { return l == id })
	return nil
}

// Sync drops who is not in the set and names who is missing.
func (g *Gateways) Sync(ctx context.Context, f ident.FacilityID, set wire.LinkedSet) (wire.SyncResult, error) {
	gw, err := g.enter(ctx, f, "sync")
	if err != nil {
		return wire.SyncResult{}, err
	}
	defer g.mu.Unlock()
	gw.Synced = append(gw.Synced, set)
	before := len(gw.Linked)
	gw.Linked = slices.DeleteFunc(gw.Linked, func(l ident.LocalPatientID) bool { return !slices.Contains(set.PatientIDs, l) })
	res := wire.SyncResult{Dropped: before - len(gw.Linked), Suspended: gw.Suspended}
	gw.Suspended = nil
	for _, id := range set.PatientIDs {
		if !slices.Contains(gw.Linked, id) {
			res.Missing = append(res.Missing, id)
		}
	}
	return res, nil
}

// Refresh answers with the lines that the test has set.
func (g *Gateways) Refresh(ctx context.Context, f ident.FacilityID, _ ident.LocalPatientID, each func(wire.Progress) error) error {
	gw, err := g.enter(ctx, f, "refresh")
	if err != nil {
		return err
	}
	lines := slices.Clone(gw.Progress)
	g.mu.Unlock()
	for _, p := range lines {
		if p.Error != nil {
			return p.Error.Fault()
		}
		if err := each(p); err != nil {
			return err
		}
	}
	return nil
}

// Changes gives what the test feeds until ctx ends or the feed is closed.
func (g *Gateways) Changes(ctx context.Context, f ident.FacilityID, from wire.ChangesRequest, each func(wire.Change) error) error {
	gw, err := g.enter(ctx, f, "changes")
	if err != nil {
		return err
	}
	gw.From = append(gw.From, from)
	feed := gw.Feed
	g.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c, ok := <-feed:
			if !ok {
				return fault.WithKey(fault.Unavailable, "gateway.silent", nil)
			}
			if err := each(c); err != nil {
				return err
			}
		}
	}
}

// Content gives the documents of the assertion's patient and kinds.
func (g *Gateways) Content(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.ContentRequest, each func(wire.Content) error) error {
	gw, err := g.enter(ctx, f, "content")
	if err != nil {
		return err
	}
	gw.Asked, gw.Requests = append(gw.Asked, a), append(gw.Requests, req)
	documents, answer := slices.Clone(gw.Documents), gw.Answer
	g.mu.Unlock()
	if answer != nil {
		if done, err := answer(a, each); done {
			return err
		}
	}
	for _, d := range documents {
		asked := len(req.Items) == 0 || slices.Contains(req.Items, d.Item.ID)
		if !asked || d.Item.PatientID != a.PatientID || !slices.Contains(a.Kinds, d.Item.Kind) {
			continue
		}
		if err := each(d); err != nil {
			return err
		}
	}
	return each(wire.Content{Done: true})
}

// File gives the file that the test has set.
func (g *Gateways) File(ctx context.Context, f ident.FacilityID, a wire.Assertion, req wire.FileRequest) (clinical.File, io.ReadCloser, error) {
	gw, err := g.enter(ctx, f, "file")
	if err != nil {
		return clinical.File{}, nil, err
	}
	gw.Asked = append(gw.Asked, a)
	file := gw.File
	g.mu.Unlock()
	if file == nil {
		return clinical.File{}, nil, fault.New(fault.NotFound, "no such file")
	}
	return file(ctx, a, req)
}

// Release gives the release matrix.
func (g *Gateways) Release(ctx context.Context, f ident.FacilityID) (wire.ReleaseState, error) {
	gw, err := g.enter(ctx, f, "release")
	if err != nil {
		return wire.ReleaseState{}, err
	}
	defer g.mu.Unlock()
	return gw.State, nil
}

// ClaimOf is the claim with which the flows name the person of [World.Person].
func ClaimOf(id ident.LocalPatientID, name, kana string) wire.Claim {
	return wire.Claim{PatientID: id, Name: name, Kana: kana, BirthDate: "1948-03-09", Sex: clinical.Female}
}
