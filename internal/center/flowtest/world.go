// Package flowtest builds a small network for the tests of the flows about patients: a
// real database, two clinics, two hospitals that disclose, and gateways made by hand.
package flowtest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/account/accountdb"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/audit/auditdb"
	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/center/catalog/catalogdb"
	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/center/consent/consentdb"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/directory/directorydb"
	"mizuhiki.dev/mizuhiki/internal/center/linkage"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/person/persondb"
	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// The union and its facilities: two clinics without a gateway, two hospitals with one.
const (
	Union       ident.UnionID    = "union"
	OtherUnion  ident.UnionID    = "otherunion"
	Clinic      ident.FacilityID = "clinic"
	OtherClinic ident.FacilityID = "clinic2"
	Hospital    ident.FacilityID = "hospital"
	Hospital2   ident.FacilityID = "hospital2"
)

// Noon is when the world begins: noon in Japan.
var Noon = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

// World is the network with a clock that the test moves.
type World struct {
	testing.TB
	DB       *db.DB
	Now      time.Time
	Audit    auditdb.Log
	Gateways *Gateways
	Log      *slog.Logger
}

// New builds the network in an empty, migrated database.
func New(t testing.TB, d *db.DB) *World {
	w := &World{TB: t, DB: d, Now: Noon, Audit: auditdb.Log{Replica: "r1"}, Gateways: newGateways(), Log: slog.New(slog.DiscardHandler)}
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		store := directorydb.Store{}
		for _, u := range []ident.UnionID{Union, OtherUnion} {
			if err := store.AddUnion(ctx, tx, directory.Union{ID: u, Name: string(u)}, Noon); err != nil {
				return err
			}
		}
		for i, f := range []directory.Facility{
			{ID: Clinic, Name: "水引診療所", Mark: "水診", Kind: directory.Clinic},
			{ID: OtherClinic, Name: "結び診療所", Mark: "結診", Kind: directory.Clinic},
			{ID: Hospital, Name: "水引総合病院", Mark: "水総", Kind: directory.Hospital, Disclosing: true},
			{ID: Hospital2, Name: "結び中央病院", Mark: "結中", Kind: directory.Hospital, Disclosing: true},
		} {
			f.Code, f.Kana, f.JoinedAt, f.Unions = "99100000"+string(rune('0'+i))+"1", "カナ", Noon, []ident.UnionID{Union}
			if err := store.AddFacility(ctx, tx, f); err != nil {
				return err
			}
			if !f.Disclosing {
				continue
			}
			g := directory.Gateway{ID: ident.GatewayID("gw-" + f.ID), Facility: f.ID, CertSHA256: string(f.ID), NotAfter: Noon.AddDate(1, 0, 0), EnrolledAt: Noon}
			if err := store.AddGateway(ctx, tx, g); err != nil {
				return err
			}
			w.Gateways.At(f.ID).Online = true
		}
		return nil
	})
	return w
}

// Clock is the world's clock.
func (w *World) Clock() time.Time { return w.Now }

// InTx runs fn in a transaction and ends the test if it fails.
func (w *World) InTx(fn func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	if err := w.DB.InTx(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// Exec runs one statement.
func (w *World) Exec(query string, args ...any) {
	w.Helper()
	if _, err := w.DB.Writer().ExecContext(w.Context(), query, args...); err != nil {
		w.Fatal(err)
	}
}

// Facility reads a facility.
func (w *World) Facility(f ident.FacilityID) directory.Facility {
	w.Helper()
	got, err := directorydb.Store{}.Facility(w.Context(), w.DB.Reader(), f)
	if err != nil {
		w.Fatal(err)
	}
	return got
}

// Caller signs somebody of a facility in, just now, on a terminal of the facility.
func (w *World) Caller(f ident.FacilityID, p access.Profession, roles ...access.Role) signin.Caller {
	w.Helper()
	user, dev, session := ident.New[ident.UserID](), ident.New[ident.DeviceID](), ident.New[ident.SessionID]()
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		u := account.User{ID: user, Facility: f, Login: string(user), DisplayName: "水引 花子", Profession: p, Roles: roles, Language: "ja", CreatedBy: "setup", CreatedAt: w.Now, PasswordHash: "x", TOTPSecret: "x",
			Clearance: account.Clearance{TrainedOn: "2026-04-01", TrainedBy: "setup", PledgeVersion: account.PledgeVersion, PledgeBy: user, PledgedAt: w.Now}}
		if err := (accountdb.Store{}).Add(ctx, tx, u); err != nil {
			return err
		}
		d := device.Device{ID: dev, Facility: f, Name: "PC", CertSerial: string(dev), CertSHA256: string(dev), NotAfter: w.Now.AddDate(1, 0, 0), CreatedAt: w.Now}
		if err := (devicedb.Store{}).Add(ctx, tx, d); err != nil {
			return err
		}
		s := account.Session{ID: session, User: user, Device: dev, CreatedAt: w.Now, LastUsed: w.Now, ExpiresAt: w.Now.Add(account.AbsoluteTimeout), VerifiedAt: w.Now, Method: account.MethodPassword}
		return accountdb.Store{}.AddSession(ctx, tx, s, string(session))
	})
	return signin.Caller{
		Viewer: access.Viewer{User: user, DisplayName: "水引 花子", Facility: f, Union: Union, Profession: p, Roles: roles, Device: dev, TwoFactor: true, DeviceLive: true},
		Home:   w.Facility(f), Session: session, Language: "ja", VerifiedAt: w.Now,
	}
}

// Person adds a person, with a name when it matters.
func (w *World) Person(name, kana string) person.Person {
	w.Helper()
	p := person.Person{
		ID: ident.New[ident.PersonID](), Union: Union, Name: name, Kana: kana, BirthDate: wareki.Date{Year: 1948, Month: 3, Day: 9},
		Sex: clinical.Female, CreatedBy: "setup", CreatedAt: w.Now,
	}
	w.AddPerson(p)
	return p
}

// AddPerson adds a person as given.
func (w *World) AddPerson(p person.Person) {
	w.Helper()
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return persondb.Store{}.Add(ctx, tx, p) })
}

// Link links a person to a patient number.
func (w *World) Link(p ident.PersonID, f ident.FacilityID, id ident.LocalPatientID) linkage.Link {
	w.Helper()
	known, err := persondb.Store{}.Person(w.Context(), w.DB.Reader(), Union, p)
	if err != nil {
		w.Fatal(err)
	}
	l := linkage.Link{
		ID: ident.New[ident.LinkID](), Union: Union, Person: p, Facility: f, PatientID: id,
		State: linkage.Confirmed, VerifiedBy: linkage.ByGateway, VerifiedAs: known.Identity(), CreatedBy: "setup", CreatedAt: w.Now, ChangedAt: w.Now,
	}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return linkagedb.Store{}.Add(ctx, tx, l) })
	return l
}

// Consent lets a person consent to everything.
func (w *World) Consent(p ident.PersonID) {
	w.Helper()
	r := consent.Record{
		ID: ident.New[ident.ConsentID](), Union: Union, Person: p, Scope: consent.Comprehensive, Basis: consent.Written, Signer: "本人",
		Facility: Clinic, TakenBy: "setup", EffectiveFrom: w.Now, ReceivedAt: w.Now, RecordedAt: w.Now,
	}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return consentdb.Store{}.Add(ctx, tx, r) })
}

// Revoke revokes a person's consent.
func (w *World) Revoke(p ident.PersonID) {
	w.Helper()
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		_, err := consentdb.Store{}.Revoke(ctx, tx, Union, p, "setup", "test", w.Now)
		return err
	})
}

// Everything is a matrix that releases all kinds to everybody.
func Everything() access.Matrix {
	m := access.Matrix{}
	for _, k := range clinical.Kinds() {
		for _, a := range access.Audiences() {
			m.Set(k, a, access.Cell{Allowed: true})
		}
	}
	return m
}

// Release puts a facility's release copy.
func (w *World) Release(f ident.FacilityID, m access.Matrix) {
	w.Helper()
	c := release.Copy{Facility: f, ReleaseState: wire.ReleaseState{Version: 1, Matrix: m}, FetchedAt: w.Now}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return releasedb.Store{}.Put(ctx, tx, c) })
}

// Item puts an item into a facility's catalog and its document into its gateway.
func (w *World) Item(f ident.FacilityID, patient ident.LocalPatientID, kind clinical.Kind, date string) wire.Item {
	w.Helper()
	it := wire.Item{ID: ident.New[ident.ItemID](), PatientID: patient, Kind: kind, DataType: "X", Date: date, Updated: date + "120000000"}
	w.InTx(func(ctx context.Context, tx *db.Tx) error {
		return catalogdb.Store{}.Put(ctx, tx, catalog.Item{Facility: f, Item: it, ReceivedAt: w.Now})
	})
	g := w.Gateways.At(f)
	g.Documents = append(g.Documents, wire.Content{Item: &it, Document: &clinical.Document{Kind: kind, PatientID: patient, DataType: "X", Date: date}})
	return it
}

// Events gives the access log in order, or its rows of some actions.
func (w *World) Events(actions ...audit.Action) []audit.Event {
	w.Helper()
	rows, err := db.All(w.Context(), w.DB.Reader(), func(s db.Scanner) (audit.Event, error) {
		var body string
		if err := s(&body); err != nil {
			return audit.Event{}, err
		}
		rec, err := audit.ParseRecord([]byte(body))
		if err != nil {
			return audit.Event{}, err
		}
		return rec.Event()
	}, `SELECT body FROM audit_event ORDER BY replica_id, leaf`)
	if err != nil {
		w.Fatal(err)
	}
	var out []audit.Event
	for _, e := range rows {
		if len(actions) == 0 || contains(actions, e.Action) {
			out = append(out, e)
		}
	}
	return out
}

func contains(actions []audit.Action, a audit.Action) bool {
	for _, x := range actions {
		if x == a {
			return true
		}
	}
	return false
}
