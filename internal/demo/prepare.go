package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/setup"
	"mizuhiki.dev/mizuhiki/internal/synth"
)

// prepare makes a new region up to the point where a center can be started, and gives
// the plan by which the rest is made; for a region that is there the plan is nil. A
// schema of an earlier program is brought up to date, which outside of the demo takes
// `mizuhiki migrate`.
func (r *Running) prepare(ctx context.Context) (*plan, error) {
	s, ok, err := readState(r.cfg.Dir)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(r.cfg.Dir, "center")
	if ok {
		r.state = s
		cfg, err := center.LoadConfig(filepath.Join(dir, setup.FileConfig))
		if err != nil {
			return nil, err
		}
		_, _, err = center.Migrate(ctx, cfg)
		return nil, err
	}
	if _, err := os.Stat(dir); err == nil {
		return nil, fmt.Errorf("%s holds a demo that was not finished: remove the folder, or choose another with --dir", r.cfg.Dir)
	}
	p, err := newPlan(r.cfg)
	if err != nil {
		return nil, err
	}
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() error { return r.writeStorages(bothCtx, p) })
	both.Go(func() error { return r.initCenter(bothCtx, dir, p) })
	return p, both.Wait()
}

func (r *Running) storageDir(code string) string { return filepath.Join(r.cfg.Dir, "storage", code) }

func (r *Running) writeStorages(ctx context.Context, p *plan) error {
	all, ctx := errgroup.WithContext(ctx)
	for i, f := range p.Facilities {
		if f.Disclosing {
			all.Go(func() error { return p.writeStorage(ctx, i, r.storageDir(f.Code)) })
			all.Go(func() error { return p.writeExtended(ctx, i, r.storageDir(f.Code)+synth.ExtendedSuffix) })
		}
	}
	return all.Wait()
}

// initCenter makes the center as `mizuhiki init` does, then what `mizuhiki admin` would:
// the other facilities, their people and their terminals.
func (r *Running) initCenter(ctx context.Context, dir string, p *plan) error {
	offline, err := age.GenerateX25519Identity() // nobody needs the demo's root again
	if err != nil {
		return err
	}
	cfg := center.DefaultConfig()
	cfg.Portal.Listen, cfg.Link.Listen, cfg.Enroll.Listen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.Logger = r.cfg.Log
	res, err := setup.Init(ctx, setup.Options{
		Dir: dir, Hosts: []string{"localhost", "127.0.0.1"}, Config: cfg, Recipient: offline.Recipient(),
		Union:    p.Region + "医療情報連携協議会",
		Facility: directory.Facility{Code: "9900000001", Name: p.Region + "医療情報連携協議会 事務局", Kana: "ジムキョク", Mark: "事務", Kind: directory.Clinic},
		Operator: manage.NewUser{Login: "operator", DisplayName: "運営 管理", Kana: "ウンエイ カンリ", Profession: access.Clerk, Cleared: cleared},
		Device:   "事務局の端末", Clock: time.Now,
	})
	if err != nil {
		return err
	}
	r.state.Region = p.Region
	res.Config.Logger = r.cfg.Log
	base, err := center.Open(ctx, res.Config)
	if err != nil {
		return err
	}
	admin := setup.NewAdmin(base)
	for _, f := range p.Facilities {
		if err = r.addFacility(ctx, admin, res.Union, f); err != nil {
			break
		}
	}
	return errors.Join(err, base.Close())
}

func (r *Running) addFacility(ctx context.Context, admin *setup.Admin, union directory.Union, f plannedFacility) error {
	added, err := admin.AddFacility(ctx, directory.Facility{
		Code: f.Code, Name: f.Name, Kana: f.Kana, Mark: f.Mark, Kind: f.Kind, Disclosing: f.Disclosing,
	}, union.ID)
	if err != nil {
		return err
	}
	device, err := admin.IssueDevice(ctx, added, "地域連携室の端末", "地域連携室", filepath.Join(r.cfg.Dir, "terminal", f.Code))
	if err != nil {
		return err
	}
	entry := facility{
		ID: added.ID, Code: f.Code, Name: f.Name, Kind: f.Kind, Mark: f.Mark, Disclosing: f.Disclosing,
		DeviceCert: device.Cert, DeviceKey: device.Key, DeviceP12: device.P12, DeviceP12Password: device.P12Password,
	}
	if f.Disclosing {
		entry.Storage, entry.Extended = r.storageDir(f.Code), r.storageDir(f.Code)+synth.ExtendedSuffix
	}
	r.state.Facilities = append(r.state.Facilities, entry)
	for _, s := range f.Staff {
		if err := r.addStaff(ctx, admin, added, s); err != nil {
			return fmt.Errorf("account %s: %w", s.Login, err)
		}
	}
	return nil
}

// cleared says that the people of the demo were trained and have pledged, so that whoever
// plays one of them begins with the work.
var cleared = manage.Cleared{Trained: "2026-04-01", Paper: true}

func (r *Running) addStaff(ctx context.Context, admin *setup.Admin, f directory.Facility, s plannedStaff) error {
	secret, _, err := credential.GenerateTOTP(s.Login)
	if err != nil {
		return err
	}
	password := demoPassword(s.Login, s.DisplayName, s.Kana)
	created, err := admin.AddUser(ctx, f.ID, manage.NewUser{
		Login: s.Login, DisplayName: s.DisplayName, Kana: s.Kana, Profession: s.Profession, Roles: s.Roles, Cleared: cleared,
	}, manage.Credentials{Password: password, TOTPSecret: secret})
	if err != nil {
		return err
	}
	one := staffAccount{
		User: created.User.ID, Facility: f.ID, Login: s.Login, Password: password, TOTPSecret: secret,
		DisplayName: s.DisplayName, Profession: string(s.Profession),
	}
	for _, role := range s.Roles {
		one.Roles = append(one.Roles, string(role))
	}
	r.state.Accounts = append(r.state.Accounts, one)
	return nil
}

// demoPassword makes a password for somebody of the given login and names that is short enough to be typed off a
// page. Random letters spell a part of the login now and then, which the rules refuse.
func demoPassword(own ...string) string {
	for {
		text := strings.ToLower(rand.Text())
		password := text[:4] + "-" + text[4:8] + "-7"
		if credential.CheckPassword(password, own...) == nil {
			return password
		}
	}
}
