package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/register"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// populate registers and links the planned persons by the very flows that the liaison
// clerks' screens use, so that every link was verified by its gateway and every step
// stands in the access log, and then fetches what their hospitals have.
func (r *Running) populate(ctx context.Context, p *plan) error {
	clerks := make([]signin.Caller, len(r.state.Facilities))
	for i, f := range r.state.Facilities {
		var err error
		if clerks[i], err = r.clerk(ctx, f); err != nil {
			return fmt.Errorf("liaison clerk of %s: %w", f.Name, err)
		}
	}
	// A few at a time: each waits for its gateways more than it works.
	all, allCtx := errgroup.WithContext(ctx)
	all.SetLimit(8)
	for _, person := range p.Persons {
		all.Go(func() error {
			if err := r.registerPerson(allCtx, clerks, person); err != nil {
				return fmt.Errorf("register a person of the plan: %w", err)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	for _, u := range p.Unlinked {
		r.state.Unlinked = append(r.state.Unlinked, patient{
			Facility: r.state.Facilities[u.Facility].ID, PatientID: u.PatientID,
			Name: u.Name, Kana: u.Kana, BirthDate: u.BirthDate.String(), Sex: string(u.Sex),
		})
	}
	return nil
}

// clerk speaks for a facility's liaison clerk without opening a session for them.
func (r *Running) clerk(ctx context.Context, f facility) (signin.Caller, error) {
	q := r.Center.DB.Reader()
	home, err := directorydb.Store{}.Facility(ctx, q, f.ID)
	if err != nil {
		return signin.Caller{}, err
	}
	users, err := accountdb.Store{}.OfFacility(ctx, q, f.ID)
	if err != nil {
		return signin.Caller{}, err
	}
	i := slices.IndexFunc(users, func(u account.User) bool { return slices.Contains(u.Roles, access.RoleLiaison) })
	if i < 0 {
		return signin.Caller{}, fmt.Errorf("nobody holds the role")
	}
	devices, err := devicedb.Store{}.OfFacility(ctx, q, f.ID)
	if err != nil {
		return signin.Caller{}, err
	}
	u := users[i]
	return signin.Caller{
		Viewer: access.Viewer{
			User: u.ID, DisplayName: u.DisplayName, Facility: f.ID, Union: home.Unions[0], Profession: u.Profession, Roles: u.Roles,
			Device: devices[0].ID, TwoFactor: true, DeviceLive: true,
		},
		Home: home, Language: "ja",
	}, nil
}

func (r *Running) registerPerson(ctx context.Context, clerks []signin.Caller, p plannedPerson) error {
	now := time.Now()
	var id ident.PersonID
	for i, l := range p.Links {
		clerk := clerks[l.Facility]
		reg := register.Registration{Existing: id, OwnID: l.PatientID, StaffVerified: true}
		if i == 0 {
			reg.ConfirmDistinct = true // whoever is planned is somebody of their own
			reg.New = person.Person{Union: clerk.Union, Name: p.Name, Kana: p.Kana, BirthDate: p.BirthDate, Sex: p.Sex, Address: p.Address}
			reg.Consent = &consent.Record{
				Scope: consent.Comprehensive, Basis: consent.Written, Signer: p.Name,
				EffectiveFrom: now.Add(-24 * time.Hour), ReceivedAt: now,
			}
		}
		var err error
		if id, err = r.Center.Register.Register(ctx, clerk, reg); err != nil {
			return fmt.Errorf("at %s: %w", r.state.Facilities[l.Facility].Name, err)
		}
	}
	for _, l := range p.Links {
		if f := r.state.Facilities[l.Facility]; f.Disclosing {
			err := r.Center.Refresh.Fetch(ctx, clerks[l.Facility], id, f.ID, func(wire.Progress) error { return nil })
			if err != nil {
				return fmt.Errorf("fetch from %s: %w", f.Name, err)
			}
		}
	}
	return nil
}
