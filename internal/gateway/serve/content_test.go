package serve_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/serve"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// denied demands the answer that every request gets of which nothing may be had: the
// kind and a reference, and no word of why.
func denied(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	var got wire.Error
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("answer %q: %v", rec.Body, err)
	}
	if rec.Code != fault.Denied.Status() || got.Ref == "" {
		t.Errorf("status %d, %+v, want denied with a reference", rec.Code, got)
	}
	if got.Ref = ""; !cmp.Equal(got, wire.Error{Kind: fault.Denied}) {
		t.Errorf("answer %+v says more than that it is denied", got)
	}
}

// An assertion that does not hold is refused, whatever it says, and the trail says why
// without believing whom it names.
func TestContent_refusesAssertions(t *testing.T) {
	body := []byte(`{}`)
	w := newWorld(t)
	_, stranger := newSigner(t)
	signed := func(change func(*wire.Assertion)) string {
		a := assertion()
		change(&a)
		return w.sign(a, body, time.Now())
	}
	used := signed(func(*wire.Assertion) {})
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, used); rec.Code != http.StatusOK {
		t.Fatalf("the first use: %d %s", rec.Code, rec.Body)
	}
	forged, err := stranger.Sign(assertion(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ token, why string }{
		"none":                     {"", ""},
		"not a token":              {"x.y.z", ""},
		"signed by a stranger":     {forged, ""},
		"used before":              {used, "used before"},
		"expired":                  {w.sign(assertion(), body, time.Now().Add(-2*time.Minute)), "expired"},
		"from the future":          {w.sign(assertion(), body, time.Now().Add(2*time.Minute)), "future"},
		"for another gateway":      {signed(func(a *wire.Assertion) { a.Gateway = "dddddddddddddddddddddddddd" }), "for gateway"},
		"for another facility":     {signed(func(a *wire.Assertion) { a.Owner = clinic }), "for gateway"},
		"bound to another link":    {signed(func(a *wire.Assertion) { a.CertSHA256 = "beef" }), "another link"},
		"bound to another path":    {signed(func(a *wire.Assertion) { a.Path = wire.PathRefresh }), "another request"},
		"bound to another request": {signed(func(a *wire.Assertion) { a.BodySHA256 = strings.Repeat("0", 64) }), "another request"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.trail())
			denied(t, w.post(wire.PathContent, body, wire.AssertionHeader, tc.token))
			rows := w.trail()
			if len(rows) != before+1 {
				t.Fatalf("%d new rows in the trail, want 1", len(rows)-before)
			}
			row := rows[len(rows)-1]
			if row.Outcome != index.Denied || row.Patient != "" || row.Viewer.User != "" || !strings.Contains(row.Detail.Reason, tc.why) || row.Detail.Reason == "" {
				t.Errorf("row %+v, want denied because of %q and nobody named", row, tc.why)
			}
		})
	}
}

// The id of a used assertion outlives the process that took it: a request that was seen
// on the wire cannot be sent again to a gateway that was just started anew.
func TestReq_AZ07_assertionIsSingleUseAcrossARestart(t *testing.T) {
	w := newWorld(t)
	body := []byte(`{}`)
	used := w.sign(assertion(), body, time.Now())
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, used); rec.Code != http.StatusOK {
		t.Fatalf("the first use: %d %s", rec.Code, rec.Body)
	}
	w.restart()
	denied(t, w.post(wire.PathContent, body, wire.AssertionHeader, used))
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(assertion(), body, time.Now())); rec.Code != http.StatusOK {
		t.Errorf("another assertion after the restart: %d %s", rec.Code, rec.Body)
	}
}

// What the center has revoked is refused here whatever the center's assertion says.
func TestReq_CERT04_gatewayRefusesRequestsForARevokedTerminal(t *testing.T) {
	w := newWorld(t)
	body := []byte(`{}`)
	lost := assertion()
	lost.Viewer.Device = "lost"
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(lost, body, time.Now())); rec.Code != http.StatusOK {
		t.Fatalf("before: %d %s", rec.Code, rec.Body)
	}
	w.deny(time.Now(), wire.Denied{
		Kind: wire.DeniedDevice, SHA256: strings.Repeat("a", 64), Device: "lost", Ends: time.Now().AddDate(0, 1, 0).Unix(), Revoked: time.Now().Unix(),
	})
	denied(t, w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(lost, body, time.Now())))
	if row := w.trail()[len(w.trail())-1]; row.Outcome != index.Denied || !strings.Contains(row.Detail.Reason, "terminal lost has been revoked") {
		t.Errorf("trail row %+v", row)
	}
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(assertion(), body, time.Now())); rec.Code != http.StatusOK {
		t.Errorf("another terminal: %d %s", rec.Code, rec.Body)
	}
}

// A gateway that cannot know what has been revoked discloses nothing, and says why.
func TestReq_CERT04_anOldDenylistStopsDisclosure(t *testing.T) {
	w := newWorld(t)
	body := []byte(`{}`)
	w.deny(time.Now().Add(-wire.DenylistEnd - time.Minute))
	rec := w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(assertion(), body, time.Now()))
	var said wire.Error
	if err := json.Unmarshal(rec.Body.Bytes(), &said); err != nil || rec.Code != http.StatusServiceUnavailable || said.Key != wire.KeyDenylistOld {
		t.Errorf("answer %d %s, want 503 with %s", rec.Code, rec.Body, wire.KeyDenylistOld)
	}
	w.deny(time.Now())
	if rec := w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(assertion(), body, time.Now())); rec.Code != http.StatusOK {
		t.Errorf("with a new list: %d %s", rec.Code, rec.Body)
	}
}

// Taking any one fact away denies everything, and the trail names the fact.
func TestReq_AZ06_gatewayDecidesAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		change  func(*world, *wire.Assertion)
		missing string
	}{
		"no link of the viewing facility": {func(_ *world, a *wire.Assertion) { a.ViewerLink = false }, "viewer_link"},
		"no consent":                      {func(_ *world, a *wire.Assertion) { a.Consent = false }, "consent"},
		"another purpose":                 {func(_ *world, a *wire.Assertion) { a.Purpose = "research" }, "purpose"},
		"one factor":                      {func(_ *world, a *wire.Assertion) { a.Viewer.TwoFactor = false }, "two_factor"},
		"a device that is revoked":        {func(_ *world, a *wire.Assertion) { a.Viewer.DeviceLive = false }, "device_live"},
		"no viewer's role":                {func(_ *world, a *wire.Assertion) { a.Viewer.Roles = []access.Role{access.RoleLiaison} }, "viewer_role"},
		"a clerk":                         {func(_ *world, a *wire.Assertion) { a.Viewer.Profession = access.Clerk }, "clinical_profession"},
		"a patient who is not linked here, whatever the center says": {func(_ *world, a *wire.Assertion) { a.PatientID = other }, "owner_link"},
		"a link that was taken back": {func(w *world, _ *wire.Assertion) {
			ask[struct{}](w, wire.PathUnlink, wire.PatientRef{PatientID: hanako})
		}, "owner_link"},
		"a link that is suspended": {func(w *world, _ *wire.Assertion) {
			if err := w.index.Put(w.t.Context(), index.Reading{ID: hanako}); err != nil {
				w.t.Fatal(err)
			}
		}, "owner_link"},
		"a matrix that was narrowed": {func(w *world, a *wire.Assertion) {
			a.Kinds = []clinical.Kind{clinical.KindLab}
			w.narrow(clinical.KindLab, access.AudiencePhysician, access.Cell{})
		}, "released"},
		"another audience": {func(_ *world, a *wire.Assertion) {
			a.Viewer.Profession = access.CareWorker
			a.Kinds = []clinical.Kind{clinical.KindLab}
		}, "released"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := assertion()
			tc.change(w, &a)
			denied(t, w.content(a))
			rows := w.trail()
			if len(rows) != 1 || rows[0].Outcome != index.Denied || rows[0].Decision != a.Decision || rows[0].Viewer.User != "u1" {
				t.Fatalf("trail = %+v, want one denied row", rows)
			}
			for _, kind := range a.Kinds {
				if !slices.Contains(rows[0].Detail.Denied[kind], tc.missing) {
					t.Errorf("%s: missing %v, want %s", kind, rows[0].Detail.Denied[kind], tc.missing)
				}
			}
		})
	}
}

func TestContent_streamsWhatIsReleased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.content(assertion())
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d, %s", rec.Code, rec.Body)
	}
	var got []string
	lines := linesOf[wire.Content](t, rec.Body.Bytes())
	for _, l := range lines[:len(lines)-1] {
		if l.Item == nil || l.Document == nil || l.Item.PatientID != hanako || l.Document.PatientID != hanako || l.Item.Kind != l.Document.Kind {
			t.Fatalf("line %+v", l)
		}
		got = append(got, string(l.Document.Kind))
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"allergy", "lab", "prescription"}, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	if last := lines[len(lines)-1]; !cmp.Equal(last, wire.Content{Done: true}) {
		t.Errorf("last line %+v", last)
	}
	rows := w.trail()
	if len(rows) != 2 || rows[0].Outcome != index.Allowed || rows[1].Outcome != index.Done {
		t.Fatalf("trail = %+v, want allowed and done", rows)
	}
	if d := rows[0].Detail; !slices.Equal(d.Policies, []string{"linked-and-consented"}) || d.PolicyHash != access.PolicyHash() || d.CenterPolicy != "" {
		t.Errorf("decision row %+v", d)
	}
	if d := rows[1].Detail; d.Documents != 3 || len(d.Refused) != 0 {
		t.Errorf("completion row %+v", d)
	}
}

// A period leaves out what is older, never an allergy, however long ago it was written.
func TestContent_since(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	recent := storagetest.Name(hanako, "20260601", ssmix2.PrescriptionOrder, "000000000000791", "20260601103000000")
	w.storage.Write(recent, []byte("MSH|^~\\&|HIS|H|G|C|20260601||RDE^O11|1|P|2.5\rPID|||0000012345||MIZUHIKI^HANAKO|||F\r"+
		"ORC|NW|000000000000791|||||||20260601\rRXE||1^A^HOT9|1||TAB\rTQ1|1||1^M^99U\rRXR|PO\r"))
	w.refresh(hanako)
	for since, want := range map[string][]string{
		"":         {"allergy", "lab", "prescription 20240601", "prescription 20260601"},
		"20260601": {"allergy", "prescription 20260601"},
		"20260602": {"allergy", "prescription 20260601"}, // nothing says until when that is taken
		"20270602": {"allergy"},
	} {
		a := assertion()
		a.JTI = since + "-since"
		var got []string
		for _, l := range linesOf[wire.Content](t, w.contentOf(a, wire.ContentRequest{Since: since}).Body.Bytes()) {
			switch {
			case l.Refused != "":
				got = append(got, "refused")
			case l.Item != nil && l.Item.Kind == clinical.KindPrescription:
				got = append(got, "prescription "+l.Item.Date)
			case l.Item != nil:
				got = append(got, string(l.Item.Kind))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("since %q (-want +got):\n%s", since, diff)
		}
	}
}

// A drug that was ordered before a period and is taken in it belongs to it, and so does the
// order of what was handed out in it.
func TestContent_sinceGivesWhatGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	write := func(typ ssmix2.DataType, date, order, message, drug string) {
		name := storagetest.Name(hanako, date, typ, order, date+"103000000")
		w.storage.Write(name, []byte("MSH|^~\\&|HIS|H|G|C|"+date+"||"+message+"|1|P|2.5\rPID|||0000012345||MIZUHIKI^HANAKO|||F\r"+
			"ORC|NW|"+order+"|||||||"+date+"\r"+drug))
	}
	for order, days := range map[string]string{"000000000000801": "90", "000000000000802": "14", "000000000000803": "7"} {
		write(ssmix2.PrescriptionOrder, "20260401", order, "RDE^O11", "RXE||1^A^HOT9|1||TAB\rTQ1|1||1^M^99U|||"+days+"^D&日&ISO+|20260401\rRXR|PO\r")
	}
	write(ssmix2.PrescriptionDone, "20260605", "000000000000803", "RAS^O17", "RXA|0|1|20260605||1^A^HOT9|1|TAB\rRXR|PO\r")
	w.refresh(hanako)
	a := assertion()
	a.JTI, a.Kinds = "goes-on", []clinical.Kind{clinical.KindPrescription, clinical.KindDispensing}
	var got []string
	for _, l := range linesOf[wire.Content](t, w.contentOf(a, wire.ContentRequest{Since: "20260601"}).Body.Bytes()) {
		if l.Item != nil {
			got = append(got, l.Document.OrderNo+" "+string(l.Item.Kind))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"000000000000801 prescription", "000000000000803 dispensing", "000000000000803 prescription"}, got); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
}

// What is withheld as a document is withheld inside of others as well.
func TestContent_cutsWhatStandsInsideOfOthers(t *testing.T) {
	const pid = "PID|||0000012345||MIZUHIKI^HANAKO|||F\r"
	today := time.Now().In(time.FixedZone("JST", 9*60*60)).Format("20060102")
	head := func(kind string) string { return `MSH|^~\&|HIS|H|G|C|20240601||` + kind + "|1|P|2.5\r" }
	for name, tc := range map[string]struct {
		change func(*world, *wire.Assertion)
		date   string
		want   [3]bool // the allergy of an order, the disease of an admission, the height in the order
	}{
		"all is released": {func(*world, *wire.Assertion) {}, "20240601", [3]bool{true, true, true}},
		"no allergies": {func(w *world, _ *wire.Assertion) {
			w.narrow(clinical.KindAllergy, access.AudiencePhysician, access.Cell{})
		}, "20240601", [3]bool{false, true, true}},
		"no diseases": {func(w *world, _ *wire.Assertion) {
			w.narrow(clinical.KindCondition, access.AudiencePhysician, access.Cell{})
		}, "20240601", [3]bool{true, false, true}},
		"no measurements": {func(w *world, _ *wire.Assertion) {
			w.narrow(clinical.KindVital, access.AudiencePhysician, access.Cell{})
		}, "20240601", [3]bool{true, true, false}},
		"to care staff": {func(_ *world, a *wire.Assertion) { a.Viewer.Profession = access.CareWorker }, "20240601", [3]bool{true, false, false}},
		"allergies a week late": {func(w *world, _ *wire.Assertion) {
			w.narrow(clinical.KindAllergy, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: 7})
		}, today, [3]bool{false, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			order := storagetest.Name(hanako, tc.date, ssmix2.PrescriptionOrder, "000000000000790", tc.date+"103000000")
			w.storage.Write(order, []byte(head("RDE^O11")+pid+"AL1|1|DA|^PENICILLIN\rOBX|1|NM|^HEIGHT||158|cm|||||F\rORC|NW|000000000000790|||||||"+tc.date+"\rRXE||1^A^HOT9|1||TAB\rTQ1|1||1^M^99U\rRXR|PO\r"))
			admission := storagetest.Name(hanako, tc.date, ssmix2.Admission, ssmix2.NoOrder, tc.date+"103000000")
			w.storage.Write(admission, []byte(head("ADT^A01")+"EVN||20240601\r"+pid+"PV1||I"+strings.Repeat("|", 42)+tc.date+"\rPV2|||^FEVER\rDG1|1||1^PNEUMONIA^MDCDX2\r"))
			w.refresh(hanako)
			a := assertion()
			a.Kinds = []clinical.Kind{clinical.KindPrescription, clinical.KindEncounter} // as a click on either asks
			tc.change(w, &a)
			lines := linesOf[wire.Content](t, w.content(a, w.index.ItemID(order.Key), w.index.ItemID(admission.Key)).Body.Bytes())
			var got [3]bool
			for _, l := range lines {
				switch {
				case l.Document == nil:
					if !l.Done {
						t.Fatalf("line %+v", l)
					}
				case l.Document.Encounter != nil:
					got[1] = len(l.Document.Encounter.Diagnoses) > 0
					if reason := !l.Document.Encounter.Reason.IsEmpty(); reason != got[1] {
						t.Errorf("reason sent: %v, diagnoses: %v", reason, got[1])
					}
				default:
					got[0], got[2] = len(l.Document.StatedAllergies) > 0, len(l.Document.Observations) > 0
				}
			}
			if len(lines) != 3 || got != tc.want {
				t.Errorf("%d lines, sent %v, want %v", len(lines), got, tc.want)
			}
		})
	}
}

// Some documents are withheld: the center hears "refused", the trail says why.
func TestContent_refusesDocuments(t *testing.T) {
	soon := storagetest.Name(hanako, time.Now().In(time.FixedZone("JST", 9*60*60)).Format("20060102"), ssmix2.PrescriptionOrder, "000000000000778", "")
	for name, tc := range map[string]struct {
		change func(*world)
		kinds  []clinical.Kind
		item   func(*world) ident.ItemID
		why    index.Refusal
	}{
		"another patient's": {
			func(w *world) {
				ask[wire.Verification](w, wire.PathLink, claim(other))
				w.refresh(other)
			}, nil, func(w *world) ident.ItemID { return w.items(other)["OMP-01"] }, index.RefusedUnknown,
		},
		"unknown": {func(*world) {}, nil, func(*world) ident.ItemID { return "zzzzzzzzzzzzzzzzzzzzzzzzzz" }, index.RefusedUnknown},
		"of a kind that was not asked for": {
			func(*world) {}, []clinical.Kind{clinical.KindPrescription}, func(w *world) ident.ItemID { return w.items(hanako)["OML-11"] }, index.RefusedKind,
		},
		"of a kind that is not released": {
			func(w *world) { w.narrow(clinical.KindLab, access.AudiencePhysician, access.Cell{}) }, nil,
			func(w *world) ident.ItemID { return w.items(hanako)["OML-11"] }, index.RefusedKind,
		},
		"released later": {
			func(w *world) {
				w.narrow(clinical.KindPrescription, access.AudiencePhysician, access.Cell{Allowed: true, DelayDays: 7})
				w.storage.Prescription(hanako, storagetest.Hanako, soon.CareDate, soon.OrderNo, soon.CareDate+"103000000", "新しい錠")
				w.refresh(hanako)
			}, nil,
			func(w *world) ident.ItemID { return w.index.ItemID(soon.Key) }, index.RefusedDelay,
		},
		"no longer readable": {
			func(w *world) {
				n, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
				w.storage.Write(n, body[:len(body)-60])
			}, nil,
			func(w *world) ident.ItemID { return w.items(hanako)["OMP-01"] }, index.RefusedUnreadable,
		},
		"being written": {
			func(w *world) {
				n, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
				path := w.storage.Path(n)
				write := func() {
					if err := os.WriteFile(path, body, 0o644); err != nil {
						w.t.Error(err)
					}
				}
				write()
				done := make(chan struct{})
				go func() {
					defer close(done)
					for w.t.Context().Err() == nil {
						time.Sleep(50 * time.Millisecond)
						write()
					}
				}()
				w.t.Cleanup(func() { <-done })
			}, nil,
			func(w *world) ident.ItemID { return w.items(hanako)["OMP-01"] }, index.RefusedWritten,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.change(w)
			item := tc.item(w)
			if item == "" {
				t.Fatal("no such item")
			}
			a := assertion()
			if tc.kinds != nil {
				a.Kinds = tc.kinds
			}
			rec := w.content(a, item)
			want := []wire.Content{{Refused: item}, {Done: true}}
			if diff := cmp.Diff(want, linesOf[wire.Content](t, rec.Body.Bytes())); rec.Code != http.StatusOK || diff != "" {
				t.Errorf("status %d, answer (-want +got):\n%s", rec.Code, diff)
			}
			rows := w.trail()
			if got := rows[len(rows)-1].Detail.Refused[item]; got != tc.why {
				t.Errorf("trail says %q, want %q", got, tc.why)
			}
		})
	}
}

// No trail row, no content: not a byte.
func TestContent_withoutTrailRowNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.db.Writer().Exec(`CREATE TRIGGER full BEFORE INSERT ON trail BEGIN SELECT RAISE(ABORT, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	rec := w.content(assertion())
	if rec.Code != fault.Internal.Status() || strings.Contains(rec.Body.String(), "試験錠") || strings.Contains(rec.Body.String(), "disk full") {
		t.Errorf("status %d, %s", rec.Code, rec.Body)
	}
}

// brokenPipe is a center that goes away after the first line.
type brokenPipe struct {
	http.ResponseWriter
	lines int
}

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.lines++; b.lines > 1 {
		return 0, errors.New("the center has gone")
	}
	return len(p), nil
}

func (b *brokenPipe) Flush() {}

func TestContent_completionRowWhenTheCenterGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := []byte(`{}`)
	req := httptest.NewRequestWithContext(serve.WithCenterCert(t.Context(), cert), http.MethodPost, wire.PathContent, strings.NewReader(string(body)))
	req.Header.Set(wire.AssertionHeader, w.sign(assertion(), body, time.Now()))
	w.handler.ServeHTTP(&brokenPipe{ResponseWriter: httptest.NewRecorder()}, req)
	rows := w.trail()
	if len(rows) != 2 || rows[1].Outcome != index.Failed || rows[1].Detail.Documents != 1 || rows[1].Detail.Reason == "" {
		t.Errorf("trail = %+v, want a failed completion after one document", rows)
	}
}
