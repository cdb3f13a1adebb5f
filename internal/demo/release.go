package demo

import (
	"context"
	"errors"
	"fmt"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// releaseNotes lets a hospital of a new region show its physicians' and nurses' notes to
// the physicians of the others, which no gateway does by itself. It goes the way that the
// hospital would: a change is proposed, and approved at the gateway.
func releaseNotes(ctx context.Context, h *hospital) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("release the notes of %s: %w", h.name, err)
		}
	}()
	store, closer, err := gateway.OpenRelease(ctx, h.config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closer()) }()
	st, err := store.State(ctx)
	if err != nil {
		return err
	}
	wider := st.Matrix.Clone()
	for _, notes := range []clinical.Kind{clinical.KindPhysicianNote, clinical.KindNursingNote} {
		wider.Set(notes, access.AudiencePhysician, access.Cell{Allowed: true})
	}
	st, err = store.Propose(ctx, wire.Proposal{BaseVersion: st.Version, Matrix: wider, By: "demo"})
	if err != nil {
		return err
	}
	for _, change := range st.Pending {
		if err := store.Approve(ctx, change.ID, "demo"); err != nil {
			return err
		}
	}
	return nil
}
