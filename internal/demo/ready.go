package demo

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
)

// ready is what scripts drive a region by.
type ready struct {
	Start      string          `json:"start"`
	Portal     string          `json:"portal"`
	CAFile     string          `json:"ca_file"`
	Terminals  []readyTerminal `json:"terminals"`
	Facilities []readyFacility `json:"facilities"`
	Users      []readyUser     `json:"users"`
	Persons    []readyPerson   `json:"persons"`
	Unlinked   []patient       `json:"unlinked"`
	Consoles   []readyConsole  `json:"consoles"`
}

type readyConsole struct {
	consoleAccount
	URL string `json:"url"`
}

type readyTerminal struct {
	Facility ident.FacilityID `json:"facility"`
	URL      string           `json:"url"`
}

type readyFacility struct {
	ID   ident.FacilityID       `json:"id"`
	Name string                 `json:"name"`
	Kind directory.FacilityKind `json:"kind"`
}

type readyUser struct {
	Login             string           `json:"login"`
	Password          string           `json:"password"`
	TOTPSecret        string           `json:"totp_secret"`
	DisplayName       string           `json:"display_name"`
	Facility          ident.FacilityID `json:"facility"`
	Profession        string           `json:"profession"`
	Roles             []string         `json:"roles"`
	DeviceCert        string           `json:"device_cert"`
	DeviceKey         string           `json:"device_key"`
	DeviceP12         string           `json:"device_p12"`
	DeviceP12Password string           `json:"device_p12_password"`
}

type readyPerson struct {
	ID        ident.PersonID `json:"id"`
	Name      string         `json:"name"`
	Kana      string         `json:"kana"`
	BirthDate string         `json:"birth_date"`
	Sex       string         `json:"sex"`
	Links     []readyLink    `json:"links"`
	Consent   bool           `json:"consent"` // one is in force
}

type readyLink struct {
	Facility  ident.FacilityID     `json:"facility"`
	PatientID ident.LocalPatientID `json:"patient_id"`
}

// writeReady writes the file in one step: who sees it sees all of it.
func (r *Running) writeReady(ctx context.Context) error {
	out := ready{Start: r.URL(), Portal: r.portalURL().String(), CAFile: r.caFile(), Unlinked: r.state.Unlinked}
	for _, f := range r.state.Facilities {
		out.Terminals = append(out.Terminals, readyTerminal{f.ID, r.TerminalURL(f.ID)})
		out.Facilities = append(out.Facilities, readyFacility{f.ID, f.Name, f.Kind})
		for _, a := range r.accounts(f.ID) {
			out.Users = append(out.Users, readyUser{
				Login: a.Login, Password: a.Password, TOTPSecret: a.TOTPSecret, DisplayName: a.DisplayName, Facility: f.ID,
				Profession: a.Profession, Roles: a.Roles,
				DeviceCert: f.DeviceCert, DeviceKey: f.DeviceKey, DeviceP12: f.DeviceP12, DeviceP12Password: f.DeviceP12Password,
			})
		}
	}
	for _, h := range r.gateways {
		if a, ok := r.consoleAccount(h.facility); ok {
			out.Consoles = append(out.Consoles, readyConsole{a, h.consoleURL()})
		}
	}
	var err error
	if out.Persons, err = r.persons(ctx); err != nil {
		return err
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	half := r.cfg.ReadyFile + ".part"
	if err := os.WriteFile(half, append(body, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(half, r.cfg.ReadyFile)
}

// persons reads the registered persons as they are now: a revoked consent stays revoked.
func (r *Running) persons(ctx context.Context) ([]readyPerson, error) {
	var out []readyPerson
	err := r.Center.DB.Snapshot(ctx, func(ctx context.Context, tx *db.Tx) error {
		type row struct {
			id    ident.PersonID
			union ident.UnionID
		}
		rows, err := db.All(ctx, tx, func(s db.Scanner) (p row, err error) {
			err = s(&p.id, &p.union)
			return p, err
		},
			`SELECT id, union_id FROM person ORDER BY created_at, id`)
		if err != nil {
			return err
		}
		for _, p := range rows {
			one, err := readPerson(ctx, tx, p.union, p.id)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

func readPerson(ctx context.Context, tx *db.Tx, union ident.UnionID, id ident.PersonID) (out readyPerson, err error) {
	p, err := persondb.Store{}.Person(ctx, tx, union, id)
	if err != nil {
		return out, err
	}
	out = readyPerson{ID: id, Name: p.Name, Kana: p.Kana, BirthDate: p.BirthDate.String(), Sex: string(p.Sex)}
	links, err := linkagedb.Store{}.Living(ctx, tx, union, id)
	if err != nil {
		return out, err
	}
	for _, l := range links {
		if l.Counts() {
			out.Links = append(out.Links, readyLink{l.Facility, l.PatientID})
		}
	}
	out.Consent, err = consentdb.Store{}.InForce(ctx, tx, union, id, time.Now())
	return out, err
}
