package disclose_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/linkage/linkagedb"
	"mizuhiki.dev/mizuhiki/internal/center/person"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// scene is a physician of a clinic and a patient whom the clinic and a hospital know.
type scene struct {
	*flowtest.World
	s       *disclose.Service
	caller  signin.Caller
	patient person.Person
	lab     wire.Item
	rx      wire.Item
	allergy wire.Item
}

const clinicID, hospitalID = "0000123", "0004567890"

func newScene(t *testing.T, d *db.DB) *scene {
	w := flowtest.New(t, d)
	sc := &scene{World: w, s: serviceOf(w)}
	sc.caller = w.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
	sc.patient = w.Person("水引 ハナ", "ミズヒキ ハナ")
	w.Link(sc.patient.ID, flowtest.Clinic, clinicID)
	w.Link(sc.patient.ID, flowtest.Hospital, hospitalID)
	w.Consent(sc.patient.ID)
	w.Release(flowtest.Hospital, flowtest.Everything())
	sc.lab = w.Item(flowtest.Hospital, hospitalID, clinical.KindLab, "20261101")
	sc.rx = w.Item(flowtest.Hospital, hospitalID, clinical.KindPrescription, "20261102")
	sc.allergy = w.Item(flowtest.Hospital, hospitalID, clinical.KindAllergy, "20200101")
	return sc
}

func serviceOf(w *flowtest.World) *disclose.Service {
	return disclose.New(disclose.Config{DB: w.DB, Audit: w.Audit, Gateways: w.Gateways, Clock: w.Clock, Log: w.Log})
}

func (sc *scene) open(t *testing.T, page disclose.Page) disclose.View {
	t.Helper()
	v, err := sc.s.OpenPage(t.Context(), sc.caller, sc.patient.ID, page)
	if err != nil {
		t.Fatalf("OpenPage: %v", err)
	}
	return v
}

func (sc *scene) part(t *testing.T, view disclose.View) (disclose.Part, error) {
	t.Helper()
	return sc.s.FetchPart(t.Context(), sc.caller, view.ID, flowtest.Hospital, "", nil)
}

// source gives a facility's source of a view.
func source(t *testing.T, v disclose.View, f ident.FacilityID) disclose.Source {
	t.Helper()
	i := slices.IndexFunc(v.Sources, func(s disclose.Source) bool { return s.Facility.ID == f })
	if i < 0 {
		t.Fatalf("facility %s is not among the sources", f)
	}
	return v.Sources[i]
}

func ids(v disclose.View) []ident.ItemID {
	var out []ident.ItemID
	for _, it := range v.Items {
		out = append(out, it.ID)
	}
	return out
}

func documentIDs(docs []disclose.ItemDocument) []ident.ItemID {
	var out []ident.ItemID
	for _, d := range docs {
		out = append(out, d.Item.ID)
	}
	slices.Sort(out)
	return out
}

func sorted(ids ...ident.ItemID) []ident.ItemID {
	slices.Sort(ids)
	return ids
}

func TestDisclosureCycle(t *testing.T) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) {
		sc := newScene(t, d)
		v := sc.open(t, disclose.Timeline)
		if diff := cmp.Diff([]ident.ItemID{sc.rx.ID, sc.lab.ID, sc.allergy.ID}, ids(v)); diff != "" {
			t.Errorf("timeline (-want +got):\n%s", diff)
		}
		if v.Frame.OwnID != clinicID || v.Frame.Person.Name != sc.patient.Name || !v.Frame.Consent {
			t.Errorf("frame = %+v", v.Frame)
		}
		if got := source(t, v, flowtest.Hospital); got.State != disclose.Fetching || !got.Part || len(got.Kinds) != len(clinical.Kinds()) {
			t.Errorf("source = %+v", got)
		}

		v = sc.open(t, disclose.Labs)
		part, err := sc.part(t, v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sorted(sc.lab.ID, sc.allergy.ID), documentIDs(part.Documents)); diff != "" {
			t.Errorf("labs page (-want +got):\n%s", diff)
		}
		asked := sc.Gateways.At(flowtest.Hospital).Asked[0]
		decision := sc.Events(audit.ActionDecide)[1]
		want := wire.Assertion{
			Owner: flowtest.Hospital, Decision: decision.Decision, Viewer: sc.caller.Viewer, PatientID: hospitalID,
			Kinds: []clinical.Kind{clinical.KindLab, clinical.KindAllergy}, ViewerLink: true, Consent: true, Purpose: access.PurposeCare,
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("assertion (-want +got):\n%s", diff)
		}

		docs, err := sc.s.OpenItems(t.Context(), sc.caller, sc.patient.ID, flowtest.Hospital, []ident.ItemID{sc.rx.ID})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]ident.ItemID{sc.rx.ID}, documentIDs(docs)); diff != "" {
			t.Errorf("opened in place (-want +got):\n%s", diff)
		}
		checkTrail(t, sc)
	})
}

// checkTrail looks at the access log of [TestDisclosureCycle].
func checkTrail(t *testing.T, sc *scene) {
	t.Helper()
	var got []audit.Action
	for _, e := range sc.Events() {
		got = append(got, e.Action)
	}
	want := []audit.Action{
		audit.ActionOpenPatient, audit.ActionDecide, // the timeline
		audit.ActionOpenPatient, audit.ActionDecide, audit.ActionComplete, // the labs page and its part
		audit.ActionDecide, audit.ActionComplete, // the click
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("access log (-want +got):\n%s", diff)
	}
	events := sc.Events()
	decision, done := events[3], events[4]
	if decision.Owner != flowtest.Hospital || decision.Person != sc.patient.ID || decision.Facility != flowtest.Clinic || decision.Outcome != audit.Allowed {
		t.Errorf("decision row = %+v", decision)
	}
	wantDetail := map[string]any{
		"page": "labs", "items": 2.0, "kinds": []any{"lab", "allergy"}, "denied": map[string]any{},
		"policies": []any{"linked-and-consented"}, "policy_hash": access.PolicyHash(),
	}
	if diff := cmp.Diff(wantDetail, decision.Detail); diff != "" {
		t.Errorf("decision detail (-want +got):\n%s", diff)
	}
	if done.Decision != decision.Decision || done.Outcome != audit.Done || done.Detail["documents"] != 2.0 {
		t.Errorf("completion row = %+v", done)
	}
}

// TestReq_AZ05_everyFactIsNeeded takes away one fact after the other: each by itself must deny.
func TestReq_AZ05_everyFactIsNeeded(t *testing.T) {
	for name, tc := range map[string]struct {
		take      func(*scene)
		frameToo  bool // not even the patient's name is shown
		wantFrame fault.Kind
	}{
		"own link ended":         {func(sc *scene) { sc.end(flowtest.Clinic) }, true, fault.NotFound},
		"own link suspended":     {func(sc *scene) { sc.suspend(flowtest.Clinic) }, true, fault.NotFound},
		"owner's link ended":     {func(sc *scene) { sc.end(flowtest.Hospital) }, false, ""},
		"owner's link suspended": {func(sc *scene) { sc.suspend(flowtest.Hospital) }, false, ""},
		"consent revoked":        {func(sc *scene) { sc.Revoke(sc.patient.ID) }, false, ""},
		"nothing released":       {func(sc *scene) { sc.Release(flowtest.Hospital, access.Matrix{}) }, false, ""},
		"no release copy":        {func(sc *scene) { sc.Exec(`DELETE FROM release_copy`) }, false, ""},
		"no viewer role":         {func(sc *scene) { sc.caller.Roles = []access.Role{access.RoleLiaison} }, true, fault.Denied},
		"one factor":             {func(sc *scene) { sc.caller.TwoFactor = false }, true, fault.Denied},
		"device revoked":         {func(sc *scene) { sc.caller.DeviceLive = false }, true, fault.Denied},
		"a clerk":                {func(sc *scene) { sc.caller.Profession = access.Clerk }, true, fault.Denied},
		"an operator":            {func(sc *scene) { sc.caller.Roles = append(sc.caller.Roles, access.RoleOperator) }, true, fault.Denied},
		"a password of others":   {func(sc *scene) { sc.caller.MustChange = true }, true, fault.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			before := sc.open(t, disclose.Labs)
			tc.take(sc)

			v, err := sc.s.OpenPage(t.Context(), sc.caller, sc.patient.ID, disclose.Timeline)
			if got := fault.KindOf(err); got != tc.wantFrame {
				t.Errorf("OpenPage = %v, want kind %q", err, tc.wantFrame)
			}
			if tc.frameToo && v.Frame.Person.Name != "" {
				t.Error("the patient's name was shown")
			}
			if len(v.Items) != 0 {
				t.Errorf("%d items were shown", len(v.Items))
			}
			if part, err := sc.part(t, before); err == nil || len(part.Documents) != 0 {
				t.Errorf("FetchPart of the page opened before = %+v, %v, want an error", part, err)
			}
			docs, err := sc.s.OpenItems(t.Context(), sc.caller, sc.patient.ID, flowtest.Hospital, []ident.ItemID{sc.lab.ID})
			if !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) || len(docs) != 0 {
				t.Errorf("OpenItems = %v, %v, want denied or not found", docs, err)
			}
			if asked := sc.Gateways.At(flowtest.Hospital).Asked; len(asked) != 0 {
				t.Errorf("the gateway was asked: %+v", asked)
			}
			if denied := slices.ContainsFunc(sc.Events(), func(e audit.Event) bool { return e.Outcome == audit.Denied }); !denied {
				t.Error("no refusal stands in the access log")
			}
		})
	}
}

func (sc *scene) end(f ident.FacilityID) {
	sc.InTx(func(ctx context.Context, tx *db.Tx) error {
		l, err := linkagedb.Store{}.At(ctx, tx, flowtest.Union, sc.patient.ID, f)
		if err != nil {
			return err
		}
		return linkagedb.Store{}.End(ctx, tx, l.ID, "setup", "test", sc.Now)
	})
}

func (sc *scene) suspend(f ident.FacilityID) {
	sc.InTx(func(ctx context.Context, tx *db.Tx) error {
		l, err := linkagedb.Store{}.At(ctx, tx, flowtest.Union, sc.patient.ID, f)
		if err != nil {
			return err
		}
		return linkagedb.Store{}.Suspend(ctx, tx, l.ID, []wire.Field{wire.FieldSex}, sc.Now)
	})
}

func TestReq_AZ04_revokedBetweenPageAndPart(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	v := sc.open(t, disclose.Labs)
	sc.Now = sc.Now.Add(10 * time.Second)
	sc.Revoke(sc.patient.ID)
	if _, err := sc.part(t, v); !fault.Is(err, fault.Denied) {
		t.Fatalf("FetchPart = %v, want denied", err)
	}
	events := sc.Events()
	last := events[len(events)-1]
	decision := sc.Events(audit.ActionDecide)[0]
	want := map[string]any{"documents": 0.0, "refused": 0.0, "ms": 0.0, "cause": "denied on fresh facts", "missing": []any{"consent"}}
	if last.Action != audit.ActionComplete || last.Outcome != audit.Denied || last.Decision != decision.Decision {
		t.Errorf("last row = %+v, want a denied completion of %s", last, decision.Decision)
	}
	if diff := cmp.Diff(want, last.Detail); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	orphans, err := sc.s.Orphans(t.Context())
	if err != nil || len(orphans) != 0 {
		t.Errorf("Orphans = %v, %v, want none", orphans, err)
	}
}

// What the hospital widens while a page is open is not part of the page's decision.
func TestFetchPart_asksOnlyWhatThePageDecided(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	narrow := flowtest.Everything()
	narrow.Set(clinical.KindAllergy, access.AudiencePhysician, access.Cell{})
	sc.Release(flowtest.Hospital, narrow)
	v := sc.open(t, disclose.Labs)
	sc.Release(flowtest.Hospital, flowtest.Everything())
	part, err := sc.part(t, v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ident.ItemID{sc.lab.ID}, documentIDs(part.Documents)); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// No audit row, no data: a trigger makes the log refuse its rows.
func TestReq_LOG02_noAuditRowNoData(t *testing.T) {
	refuse := func(sc *scene, action audit.Action) {
		sc.Exec(`CREATE TRIGGER no_audit BEFORE INSERT ON audit_event WHEN NEW.action = '` + string(action) + `'
			BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
	}
	for name, action := range map[string]audit.Action{"the frame's row": audit.ActionOpenPatient, "a decision": audit.ActionDecide} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			refuse(sc, action)
			v, err := sc.s.OpenPage(t.Context(), sc.caller, sc.patient.ID, disclose.Timeline)
			if err == nil || len(v.Items) != 0 || len(v.Sources) != 0 || v.Frame.Person.Name != "" {
				t.Errorf("OpenPage = %+v, %v, want an error and nothing", v, err)
			}
			if got := sc.Events(); len(got) != 0 {
				t.Errorf("rows stayed: %+v", got)
			}
		})
	}
	t.Run("a click's decision", func(t *testing.T) {
		sc := newScene(t, dbtest.SQLite(t, migrate.Center))
		refuse(sc, audit.ActionDecide)
		docs, err := sc.s.OpenItems(t.Context(), sc.caller, sc.patient.ID, flowtest.Hospital, []ident.ItemID{sc.lab.ID})
		if err == nil || len(docs) != 0 || len(sc.Gateways.At(flowtest.Hospital).Asked) != 0 {
			t.Errorf("OpenItems = %v, %v, want an error, nothing, and no gateway asked", docs, err)
		}
	})
	t.Run("a completion", func(t *testing.T) {
		sc := newScene(t, dbtest.SQLite(t, migrate.Center))
		v := sc.open(t, disclose.Labs)
		refuse(sc, audit.ActionComplete)
		part, err := sc.part(t, v)
		if err == nil || len(part.Documents) != 0 {
			t.Errorf("FetchPart = %+v, %v, want an error and nothing", part, err)
		}
		sc.Now = sc.Now.Add(time.Hour)
		orphans, err := sc.s.Orphans(t.Context())
		if err != nil || len(orphans) != 1 || orphans[0].Owner != flowtest.Hospital {
			t.Errorf("Orphans = %v, %v, want the hospital's decision", orphans, err)
		}
	})
}

// A third party must not be able to tell why nothing comes from a facility: whatever
// the center knows about the source, the answer holds the facility and nothing else.
func TestReq_unsharedLooksTheSame(t *testing.T) {
	for name, take := range map[string]func(*scene){
		"not linked":                 func(sc *scene) { sc.end(flowtest.Hospital) },
		"link suspended":             func(sc *scene) { sc.suspend(flowtest.Hospital) },
		"outside consent":            func(sc *scene) { sc.Revoke(sc.patient.ID) },
		"nothing released":           func(sc *scene) { sc.Release(flowtest.Hospital, access.Matrix{}) },
		"not linked and silent":      func(sc *scene) { sc.end(flowtest.Hospital); sc.Gateways.At(flowtest.Hospital).Online = false },
		"outside consent and silent": func(sc *scene) { sc.Revoke(sc.patient.ID); sc.Gateways.At(flowtest.Hospital).Online = false },
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			sc.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable, unreadable_of) VALUES ($1, $2, 1, 2, '[{"kind":"lab","files":1}]')`, flowtest.Hospital, hospitalID)
			sc.Exec(`UPDATE gateway SET last_seen = 1`)
			if got := source(t, sc.open(t, disclose.Timeline), flowtest.Hospital); got.LastAnswer.IsZero() || got.FetchedAt.IsZero() {
				t.Fatalf("source while it is shared = %+v: the test proves nothing", got)
			}
			take(sc)
			want := disclose.Source{Facility: sc.Facility(flowtest.Hospital), State: disclose.Unshared}
			if diff := cmp.Diff(want, source(t, sc.open(t, disclose.Timeline), flowtest.Hospital)); diff != "" {
				t.Errorf("source tells more than that nothing is shared (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenPage_foreignIDsLeaveARow(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	stranger := sc.Person("結城 太郎", "ユウキ タロウ")
	sc.Link(stranger.ID, flowtest.OtherClinic, "1")
	for name, id := range map[string]ident.PersonID{"another facility's patient": stranger.ID, "nobody": ident.New[ident.PersonID]()} {
		t.Run(name, func(t *testing.T) {
			_, err := sc.s.OpenPage(t.Context(), sc.caller, id, disclose.Timeline)
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("OpenPage = %v, want not found", err)
			}
			probes := sc.Events(audit.ActionProbe)
			if len(probes) == 0 || probes[len(probes)-1].Person != id || probes[len(probes)-1].User != sc.caller.User {
				t.Errorf("probe rows = %+v, want one for %s", probes, id)
			}
		})
	}
}

func TestOpenItems_foreignIDsLeaveARow(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	other := sc.Item(flowtest.Hospital, "another patient", clinical.KindLab, "20261101")
	for name, tc := range map[string]struct {
		owner ident.FacilityID
		item  ident.ItemID
	}{
		"another patient's document":     {flowtest.Hospital, other.ID},
		"no document":                    {flowtest.Hospital, ident.New[ident.ItemID]()},
		"a hospital that is not linked":  {flowtest.Hospital2, sc.lab.ID},
		"a facility without a gateway":   {flowtest.Clinic, sc.lab.ID},
		"a facility that does not exist": {"none", sc.lab.ID},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(sc.Events(audit.ActionProbe))
			docs, err := sc.s.OpenItems(t.Context(), sc.caller, sc.patient.ID, tc.owner, []ident.ItemID{tc.item})
			if !fault.Is(err, fault.NotFound) || len(docs) != 0 {
				t.Errorf("OpenItems = %v, %v, want not found", docs, err)
			}
			if got := len(sc.Events(audit.ActionProbe)); got != before+1 {
				t.Errorf("%d probe rows more, want 1", got-before)
			}
		})
	}
}

func TestFetchPart_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		ask  func(sc *scene, v disclose.View) error
		want fault.Kind
		key  fault.Key
	}{
		"a second time": {func(sc *scene, v disclose.View) error {
			if _, err := sc.s.FetchPart(sc.Context(), sc.caller, v.ID, flowtest.Hospital, "", nil); err != nil {
				return err
			}
			_, err := sc.s.FetchPart(sc.Context(), sc.caller, v.ID, flowtest.Hospital, "", nil)
			return err
		}, fault.Conflict, "view.taken"},
		"after a minute": {func(sc *scene, v disclose.View) error {
			sc.Now = sc.Now.Add(time.Minute)
			_, err := sc.s.FetchPart(sc.Context(), sc.caller, v.ID, flowtest.Hospital, "", nil)
			return err
		}, fault.Conflict, "view.expired"},
		"in another session": {func(sc *scene, v disclose.View) error {
			other := sc.Caller(flowtest.Clinic, access.Physician, access.RoleViewer)
			_, err := sc.s.FetchPart(sc.Context(), other, v.ID, flowtest.Hospital, "", nil)
			return err
		}, fault.NotFound, ""},
		"for a facility that is not of the page": {func(sc *scene, v disclose.View) error {
			_, err := sc.s.FetchPart(sc.Context(), sc.caller, v.ID, flowtest.Hospital2, "", nil)
			return err
		}, fault.NotFound, ""},
		"for no page": {func(sc *scene, _ disclose.View) error {
			_, err := sc.s.FetchPart(sc.Context(), sc.caller, "none", flowtest.Hospital, "", nil)
			return err
		}, fault.NotFound, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			err := tc.ask(sc, sc.open(t, disclose.Labs))
			if key, _, _ := fault.Message(err); !fault.Is(err, tc.want) || key != tc.key {
				t.Errorf("FetchPart = %v (key %q), want %s (key %q)", err, key, tc.want, tc.key)
			}
		})
	}
}

// Whatever becomes of the question to the gateway, a completion row says so.
func TestFetchPart_completionInAllCases(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(sc *scene, cancel func())
		want    fault.Kind
		outcome audit.Outcome
		cause   string
	}{
		"silent": {func(sc *scene, _ func()) { sc.Gateways.At(flowtest.Hospital).Online = false },
			fault.Unavailable, audit.Failed, "gateway silent"},
		"breaks off": {func(sc *scene, _ func()) {
			sc.Gateways.At(flowtest.Hospital).Answer = func(_ wire.Assertion, each func(wire.Content) error) (bool, error) {
				return true, each(sc.Gateways.At(flowtest.Hospital).Documents[0])
			}
		}, fault.Unavailable, audit.Failed, "gateway silent"},
		"denies": {func(sc *scene, _ func()) {
			sc.Gateways.At(flowtest.Hospital).Before = func(context.Context, string) error { return fault.New(fault.Denied, "assertion") }
		}, fault.Denied, audit.Denied, "gateway denied"},
		"fails": {func(sc *scene, _ func()) {
			sc.Gateways.At(flowtest.Hospital).Before = func(context.Context, string) error { return errors.New("broken") }
		}, fault.Internal, audit.Failed, "gateway failed"},
		"reader gone": {func(sc *scene, cancel func()) {
			sc.Gateways.At(flowtest.Hospital).Before = func(ctx context.Context, _ string) error { cancel(); <-ctx.Done(); return ctx.Err() }
		}, fault.Internal, audit.Failed, "reader gone"},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			v := sc.open(t, disclose.Labs)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			tc.prepare(sc, cancel)
			part, err := sc.s.FetchPart(ctx, sc.caller, v.ID, flowtest.Hospital, "", nil)
			if !fault.Is(err, tc.want) || len(part.Documents) != 0 {
				t.Errorf("FetchPart = %+v, %v, want %s", part, err, tc.want)
			}
			done := sc.Events(audit.ActionComplete)
			if len(done) != 1 || done[0].Outcome != tc.outcome || done[0].Detail["cause"] != tc.cause {
				t.Errorf("completion rows = %+v, want one %s with cause %q", done, tc.outcome, tc.cause)
			}
		})
	}
}

// A gateway, or whoever speaks in its place, cannot push what was not asked for.
func TestFetchPart_dropsWhatWasNotAskedFor(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	delayed := flowtest.Everything()
	delayed.Set(clinical.KindLab, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: 7})
	sc.Release(flowtest.Hospital, delayed)
	line := func(listed, of ident.LocalPatientID, kind, really clinical.Kind, date string) wire.Content {
		return wire.Content{
			Item:     &wire.Item{ID: ident.New[ident.ItemID](), PatientID: listed, Kind: kind, Date: date},
			Document: &clinical.Document{PatientID: of, Kind: really, Date: date},
		}
	}
	sc.Gateways.At(flowtest.Hospital).Answer = func(_ wire.Assertion, each func(wire.Content) error) (bool, error) {
		for _, l := range []wire.Content{
			line("other", "other", clinical.KindLab, clinical.KindLab, "20261101"),
			line(hospitalID, "other", clinical.KindLab, clinical.KindLab, "20261101"),
			line(hospitalID, hospitalID, clinical.KindCondition, clinical.KindCondition, "20261101"),
			line(hospitalID, hospitalID, clinical.KindLab, clinical.KindCondition, "20261101"),
			line(hospitalID, hospitalID, clinical.KindLab, clinical.KindLab, "20261124"), // within the delay
			line(hospitalID, hospitalID, clinical.KindLab, clinical.KindLab, "20261101"),
			{Refused: "r1"},
			{Done: true},
		} {
			if err := each(l); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	part, err := sc.part(t, sc.open(t, disclose.Labs))
	if err != nil {
		t.Fatal(err)
	}
	if len(part.Documents) != 1 || part.Refused != 6 {
		t.Errorf("%d documents, %d refused, want 1 and 6", len(part.Documents), part.Refused)
	}
	done := sc.Events(audit.ActionComplete)[0]
	if done.Detail["not_asked_for"] != 5.0 || done.Detail["refused"] != 1.0 {
		t.Errorf("completion detail = %v, want 5 not asked for and 1 refused", done.Detail)
	}
}

func TestOpenPage_honoursReleaseDelay(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	delayed := flowtest.Everything()
	delayed.Set(clinical.KindLab, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: 7})
	sc.Release(flowtest.Hospital, delayed)
	eve := sc.Item(flowtest.Hospital, hospitalID, clinical.KindLab, "20261118") // today is 25 November in Japan
	young := sc.Item(flowtest.Hospital, hospitalID, clinical.KindLab, "20261119")
	if got, want := ids(sc.open(t, disclose.Labs)), []ident.ItemID{eve.ID, sc.lab.ID, sc.allergy.ID}; !slices.Equal(got, want) {
		t.Errorf("items = %v, want %v", got, want)
	}
	if _, err := sc.s.OpenItems(t.Context(), sc.caller, sc.patient.ID, flowtest.Hospital, []ident.ItemID{young.ID}); !fault.Is(err, fault.Denied) {
		t.Errorf("OpenItems of a result within the delay = %v, want denied", err)
	}
	sc.Now = sc.Now.AddDate(0, 0, 1)
	if got := ids(sc.open(t, disclose.Labs)); !slices.Contains(got, young.ID) {
		t.Error("a day later the result is not shown")
	}
}

func TestOpenPage_ownFacilityNeedsConsentToo(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	own := sc.Caller(flowtest.Hospital, access.Nurse, access.RoleViewer)
	v, err := sc.s.OpenPage(t.Context(), own, sc.patient.ID, disclose.Timeline)
	if err != nil || len(v.Items) != 3 || v.Frame.OwnID != hospitalID {
		t.Errorf("OpenPage at the hospital itself = %+v, %v, want 3 items", v, err)
	}
	sc.Revoke(sc.patient.ID)
	v, err = sc.s.OpenPage(t.Context(), own, sc.patient.ID, disclose.Timeline)
	if err != nil || len(v.Items) != 0 {
		t.Errorf("OpenPage after revocation = %+v, %v, want no items", v, err)
	}
}

func TestSource_states(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	check := func(want disclose.SourceState) {
		t.Helper()
		if got := source(t, sc.open(t, disclose.Timeline), flowtest.Hospital); got.State != want {
			t.Errorf("state = %s, want %s", got.State, want)
		}
	}
	check(disclose.Fetching)
	sc.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable) VALUES ($1, $2, $3, 2)`, flowtest.Hospital, hospitalID, db.Micros(sc.Now))
	check(disclose.Fetched)
	unknown := []wire.KindCount{{Files: 2}}
	if got := source(t, sc.open(t, disclose.Timeline), flowtest.Hospital); !slices.Equal(got.Unreadable, unknown) || !got.FetchedAt.Equal(sc.Now) {
		t.Errorf("source = %+v, want 2 unreadable and fetched now", got)
	}
	since := sc.Now.Add(-time.Hour)
	sc.Exec(`UPDATE gateway SET behind_since = $1 WHERE facility_id = $2`, db.Micros(since), flowtest.Hospital)
	if got := source(t, sc.open(t, disclose.Timeline), flowtest.Hospital); got.State != disclose.Fetched || !got.Behind.Equal(since) {
		t.Errorf("source = %+v, want that it is behind since %v", got, since)
	}
	sc.Gateways.At(flowtest.Hospital).Online = false
	check(disclose.Silent)
}

func TestSweep_forgetsOldViewsOnly(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	sc.open(t, disclose.Labs)
	views := func() (n int) {
		if err := sc.DB.Reader().QueryRowContext(t.Context(), `SELECT COUNT(*) FROM page_view`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tc := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {40 * 24 * time.Hour, 0}} {
		sc.Now = sc.Now.Add(tc.after)
		if err := sc.s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := views(); got != tc.want {
			t.Errorf("after %s %d views are left, want %d", tc.after, got, tc.want)
		}
		if orphans, err := sc.s.Orphans(t.Context()); err != nil || len(orphans) != 0 {
			t.Errorf("Orphans = %v, %v, want none: nobody fetched the part", orphans, err)
		}
	}
}

// What cannot be read is named by its kind, and nobody hears of kinds that they may not see.
func TestOpenPage_unreadableByKind(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	sc.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable, unreadable_of) VALUES ($1, $2, 1, 4, $3)`, flowtest.Hospital, hospitalID,
		`[{"kind":"lab","files":1},{"kind":"nursing_note","files":2},{"kind":"of the future","files":0}]`)
	matrix := flowtest.Everything()
	delete(matrix, clinical.KindNursingNote)
	sc.Release(flowtest.Hospital, matrix)
	want := []wire.KindCount{{Kind: clinical.KindLab, Files: 1}, {Files: 1}}
	if diff := cmp.Diff(want, source(t, sc.open(t, disclose.Timeline), flowtest.Hospital).Unreadable); diff != "" {
		t.Errorf("Unreadable (-want +got):\n%s", diff)
	}
}

// Of a kind of which something did not come nobody may conclude that nothing is on record.
func TestFetchPart_lacking(t *testing.T) {
	for name, tc := range map[string]struct {
		unreadable string
		refused    func(*scene) ident.ItemID
		times      int
		want       []clinical.Kind
	}{
		"nothing":                                {"", nil, 0, nil},
		"a kind of the page that cannot be read": {`[{"kind":"allergy","files":1}]`, nil, 0, []clinical.Kind{clinical.KindAllergy}},
		"a kind of another page":                 {`[{"kind":"prescription","files":1}]`, nil, 0, nil},
		"a document held back":                   {"", func(sc *scene) ident.ItemID { return sc.allergy.ID }, 1, []clinical.Kind{clinical.KindAllergy}},
		"a document that was not asked for":      {"", func(sc *scene) ident.ItemID { return sc.rx.ID }, 1, nil},
		"more than are looked up":                {"", func(sc *scene) ident.ItemID { return sc.rx.ID }, 1001, []clinical.Kind{clinical.KindLab, clinical.KindAllergy}},
		"a document that nobody knows":           {"", func(*scene) ident.ItemID { return "x" }, 1, []clinical.Kind{clinical.KindLab, clinical.KindAllergy}},
	} {
		t.Run(name, func(t *testing.T) {
			sc := newScene(t, dbtest.SQLite(t, migrate.Center))
			sc.Exec(`INSERT INTO source_state (facility_id, patient_id, fetched_at, unreadable, unreadable_of) VALUES ($1, $2, 1, 1, $3)`, flowtest.Hospital, hospitalID, tc.unreadable)
			sc.Gateways.At(flowtest.Hospital).Answer = func(_ wire.Assertion, each func(wire.Content) error) (bool, error) {
				for range tc.times {
					if err := each(wire.Content{Refused: tc.refused(sc)}); err != nil {
						return true, err
					}
				}
				return true, each(wire.Content{Done: true})
			}
			part, err := sc.part(t, sc.open(t, disclose.Labs))
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(part.Lacking)
			slices.Sort(tc.want)
			if !slices.Equal(part.Lacking, tc.want) {
				t.Errorf("Lacking = %v, want %v", part.Lacking, tc.want)
			}
		})
	}
}
