package filing

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
)

// told has outcomes gathered.
func (o *office) told() *[]Outcome {
	var list []Outcome
	o.Filer.cfg.CarriedOut = func(_ context.Context, out Outcome) error {
		list = append(list, out)
		return nil
	}
	return &list
}

// What is foretold of a message is what comes of it, and that is told.
func TestOutcome_isAsForetold(t *testing.T) {
	const order = "000000000000077"
	name := func(day string, second, flag int) string {
		return fmt.Sprintf("0000001_%s_OMP-01_%s_202611251200%02d000_-_%d", day, order, second, flag)
	}
	rx := func(id, control, day string) string { return prescription(id, "0000001", order, control, day) }
	bare := func(id string) string { return msh(id, "RDE^O11") + "PID|||0000001\rORC|CA|" + order + "\r" }
	sent := func(second int) time.Time { return time.Date(2026, 11, 25, 12, 0, second, 0, jst) }
	for label, tc := range map[string]struct {
		before, in []string // filed before it; it and what is filed since
		want       kept.Prospect
		told       Outcome
	}{
		"nothing else": {
			nil, []string{rx("1", "NW", "20261120")}, kept.Prospect{Effect: kept.Holds},
			Outcome{Result: Filed, As: name("20261120", 1, 1), Flag: ssmix2.Current},
		},
		"a change": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "XO", "20261120")}, kept.Prospect{Effect: kept.Replaces, Before: 1},
			Outcome{Result: Filed, As: name("20261120", 2, 1), Flag: ssmix2.Current, Before: name("20261120", 1, 2)},
		},
		"a move": {
			[]string{rx("1", "NW", "20261119")}, []string{rx("2", "XO", "20261120")}, kept.Prospect{Effect: kept.Replaces, Before: 1},
			Outcome{Result: Filed, As: name("20261120", 2, 1), Flag: ssmix2.Current, Before: name("20261119", 1, 0)},
		},
		"a cancellation": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "CA", "20261120")}, kept.Prospect{Effect: kept.Cancels, Before: 1},
			Outcome{Result: Filed, As: name("20261120", 2, 0), Flag: ssmix2.Deleted, Before: name("20261120", 1, 0)},
		},
		"a cancellation that says no more than the order": {
			[]string{rx("1", "NW", "20261120")}, []string{bare("2")}, kept.Prospect{Effect: kept.Cancels, Before: 1},
			Outcome{Result: Filed, As: name("20261120", 2, 0), Flag: ssmix2.Deleted, Before: name("20261120", 1, 0)},
		},
		"changed twice since": {
			[]string{rx("1", "NW", "20261120")}, []string{rx("2", "XO", "20261120"), rx("3", "XO", "20261120"), rx("4", "XO", "20261120")},
			kept.Prospect{Effect: kept.Superseded, Before: 1, Since: 2, LastSince: sent(4)},
			Outcome{Result: Filed, As: name("20261120", 2, 2), Flag: ssmix2.Superseded, Since: name("20261120", 4, 1)},
		},
		"cancelled since": {
			nil, []string{rx("1", "NW", "20261120"), rx("2", "CA", "20261120")}, kept.Prospect{Effect: kept.TakenBack, Since: 1, LastSince: sent(2)},
			Outcome{Result: Filed, As: name("20261120", 1, 0), Flag: ssmix2.Deleted, Since: name("20261120", 2, 0)},
		},
		"moved since": {
			nil, []string{rx("1", "NW", "20261120"), rx("2", "XO", "20261121")}, kept.Prospect{Effect: kept.TakenBack, Since: 1, LastSince: sent(2)},
			Outcome{Result: Filed, As: name("20261120", 1, 0), Flag: ssmix2.Deleted, Since: name("20261121", 2, 1)},
		},
	} {
		t.Run(label, func(t *testing.T) {
			o := newOffice(t, t.TempDir(), nil)
			told := o.told()
			o.mustFile(t, tc.before...)
			id := o.keepFirst(t, tc.in...)
			tc.want.Patient, tc.want.Type, tc.want.Order, tc.want.Day = "0000001", "OMP-01", order, "20261120"
			got, err := o.Prospects([]string{id, "accepted-none"})
			if diff := cmp.Diff(map[string]kept.Prospect{id: tc.want}, got); err != nil || diff != "" {
				t.Errorf("%v, foretold (-want +got):\n%s", err, diff)
			}
			tc.told.Decided = kept.Decided{ID: id, Decision: kept.File, By: "taro", At: at}
			// The message is in the storage and on the list, as after a crash in between.
			if reason, cause, err := o.late(t.Context(), o.loaded(t, id)); cause != nil || err != nil {
				t.Fatal(reason, cause, err)
			}
			if got, err := o.Prospects([]string{id}); err != nil || got[id].Effect != kept.IsFiled {
				t.Errorf("%v, foretold when it is filed: %+v", err, got)
			}
			if err := o.cfg.Kept.Decide(tc.told.Decided); err != nil {
				t.Fatal(err)
			}
			o.carryOut(t.Context())
			tc.told.Result = AlreadyFiled
			if len(*told) != 1 {
				t.Fatalf("told %+v", *told)
			}
			(*told)[0].Begun = time.Time{}
			if diff := cmp.Diff(tc.told, (*told)[0]); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be filed is foretold with the reason that filing it gives.
func TestOutcome_refused(t *testing.T) {
	rx := prescription("2", "0000001", "77", "XO", "20261120")
	for name, tc := range map[string]struct {
		body   string
		events []ledger.Event
		other  string // kept as well
	}{
		"no message":                {"no message", nil, ""},
		"no place":                  {demographics("1", "", "A08"), nil, ""},
		"a merge":                   {msh("1", "ADT^A40^ADT_A39") + "PID|||0000002^^^^PI\rMRG|0000001^^^^PI\r", nil, ""},
		"another's number":          {rx, []ledger.Event{{At: at.Add(time.Hour), Op: ledger.Merge, Prior: "0000001", Surviving: "0000002"}}, ""},
		"its cancellation is kept":  {rx, nil, msh("3", "RDE^O11") + "PID|||0000001\rORC|CA|77\r"},
		"a cancellation of nothing": {msh("3", "RDE^O11") + "PID|||0000001\rORC|CA|78\r", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			told := o.told()
			id := o.keepFirst(t, tc.body)
			if tc.other != "" {
				o.keepFirst(t, tc.other)
			}
			if err := ledger.Append(dir, tc.events...); err != nil {
				t.Fatal(err)
			}
			got, err := o.Prospects([]string{id})
			if err != nil || got[id].Effect != kept.Unfit {
				t.Fatalf("foretold %+v, %v", got, err)
			}
			o.decide(t, id, kept.File)
			if len(*told) != 1 || (*told)[0].Result != map[bool]Result{true: Waits, false: Refused}[got[id].Reason == kept.ReasonNoOrder] || (*told)[0].Reason != got[id].Reason || (*told)[0].Cause != got[id].Detail || got[id].Detail == "" {
				t.Errorf("told %+v, foretold %+v", *told, got)
			}
			if len(files(t, dir)) > 0 {
				t.Errorf("filed %v", files(t, dir))
			}
		})
	}
}

// An order and its cancellation are told to belong together, and are foretold together.
func TestProspects_together(t *testing.T) {
	for name, cancellation := range map[string]string{
		"bare": msh("2", "RDE^O11") + "PID|||0000001\rORC|CA|77\r",
		"full": prescription("2", "0000001", "77", "CA", "20261120"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := newOffice(t, dir, nil)
			told := o.told()
			order := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
			cancel := o.keepFirst(t, cancellation)
			o.keepFirst(t, prescription("3", "0000002", "77", "NW", "20261120"))
			alone, err := o.Prospects([]string{order})
			if err != nil || alone[order].Effect != kept.Unfit || !cmp.Equal(alone[order].Related, []string{cancel}) {
				t.Errorf("alone: %+v, %v", alone, err)
			}
			both, err := o.Prospects([]string{order, cancel})
			if err != nil || both[order].Effect != kept.TakenBack || both[cancel].Effect != kept.Cancels || !cmp.Equal(both[cancel].Related, []string{order}) || both[cancel].Order != "77" {
				t.Errorf("together: %+v, %v", both, err)
			}
			if err := o.cfg.Kept.Decide(kept.Decided{ID: order, Decision: kept.File}); err != nil {
				t.Fatal(err)
			}
			if later, err := o.Prospects([]string{cancel}); err != nil || later[cancel].Effect != kept.Cancels {
				t.Errorf("its order is decided on: %+v, %v", later, err)
			}
			o.decide(t, cancel, kept.File)
			for file := range files(t, dir) {
				if !strings.HasSuffix(file, "_0") {
					t.Errorf("%s holds", file)
				}
			}
			if len(*told) != 2 || (*told)[0].Result != Filed || (*told)[1].Result != Filed {
				t.Errorf("told %+v", *told)
			}
		})
	}
}

// An order and its cancellation that are decided on together are filed together: once the
// first has begun, nobody withdraws the other.
func TestCarryOut_beginsTogether(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	order := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	cancel := o.keepFirst(t, prescription("2", "0000001", "77", "CA", "20261120"))
	var withdrawn []error
	o.Filer.cfg.CarriedOut = func(_ context.Context, out Outcome) error {
		if out.ID == order {
			withdrawn = append(withdrawn, o.cfg.Kept.Withdraw(cancel, func(kept.Decided) error { return nil }))
		}
		return nil
	}
	if err := o.cfg.Kept.Decide(kept.Decided{ID: order, Decision: kept.File}); err != nil {
		t.Fatal(err)
	}
	o.decide(t, cancel, kept.File)
	if len(withdrawn) != 1 || !fault.Is(withdrawn[0], fault.Conflict) {
		t.Errorf("Withdraw = %v", withdrawn)
	}
	for file := range files(t, dir) {
		if !strings.HasSuffix(file, "_0") {
			t.Errorf("%s holds", file)
		}
	}
}

// A cancellation that is decided on too late to go with its order may still be withdrawn,
// so the order does not rely on it.
func TestCarryOut_decidedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	o := newOffice(t, dir, nil)
	first := o.keepFirst(t, "no message")
	order := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	cancel := o.keepFirst(t, prescription("2", "0000001", "77", "CA", "20261120"))
	o.Filer.cfg.CarriedOut = func(_ context.Context, out Outcome) error {
		if out.ID == first {
			return o.cfg.Kept.Decide(kept.Decided{ID: cancel, Decision: kept.File})
		}
		return nil
	}
	for _, id := range []string{first, order} {
		if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: kept.File}); err != nil {
			t.Fatal(err)
		}
	}
	o.carryOut(t.Context())
	if e, _, err := o.cfg.Kept.Load(order); err != nil || e.Reason != kept.ReasonLate || len(files(t, dir)) != 0 {
		t.Errorf("listed as %+v, %v; files %v", e, err, files(t, dir))
	}
}

// Until the outcome is recorded the message stays on the list, and so does the decision;
// told again it is told the same way.
func TestCarryOut_historyFails(t *testing.T) {
	for _, decision := range []kept.Decision{kept.File, kept.Dismiss} {
		for name, body := range map[string]string{"a message": prescription("1", "0000001", "77", "NW", "20261120"), "no message": "no message"} {
			t.Run(string(decision)+", "+name, func(t *testing.T) {
				dir := t.TempDir()
				o := newOffice(t, dir, nil)
				id := o.keepFirst(t, body)
				if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: decision, By: "taro", At: at}); err != nil {
					t.Fatal(err)
				}
				tries := 0
				o.Filer.cfg.CarriedOut = func(context.Context, Outcome) error { tries++; return errors.New("database is locked") }
				for range 2 {
					o.carryOut(t.Context())
				}
				if left, err := o.cfg.Kept.Decisions(); err != nil || len(left) != 1 || tries != 2 || o.cfg.Kept.Counts()[kept.Accepted] != 1 {
					t.Fatalf("left %v, %v after %d tries, counts %v", left, err, tries, o.cfg.Kept.Counts())
				}
				told := o.told()
				o.carryOut(t.Context())
				if left, err := o.cfg.Kept.Decisions(); err != nil || len(left) != 0 || len(*told) != 1 {
					t.Errorf("left %v, %v, told %+v", left, err, *told)
				}
			})
		}
	}
}

// A crash after the message left the list leaves a decision on nothing, which is told as
// that and goes.
func TestCarryOut_gone(t *testing.T) {
	for _, decision := range []kept.Decision{kept.File, kept.Dismiss} {
		dir := t.TempDir()
		o := newOffice(t, dir, nil)
		told := o.told()
		id := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
		if err := o.cfg.Kept.Decide(kept.Decided{ID: id, Decision: decision}); err != nil {
			t.Fatal(err)
		}
		for _, ext := range []string{".json", ".hl7"} {
			if err := os.Remove(filepath.Join(dir, "kept", id+ext)); err != nil {
				t.Fatal(err)
			}
		}
		o.carryOut(t.Context())
		if left, err := o.cfg.Kept.Decisions(); err != nil || len(left) != 0 || len(*told) != 1 || (*told)[0].Result != Gone {
			t.Errorf("%s: left %v, %v, told %+v", decision, left, err, *told)
		}
	}
}

// What was dismissed when it was half filed is told to be filed.
func TestCarryOut_dismissedLate(t *testing.T) {
	o := newOffice(t, t.TempDir(), nil)
	told := o.told()
	id := o.keepFirst(t, prescription("1", "0000001", "77", "NW", "20261120"))
	if _, cause, err := o.late(t.Context(), o.loaded(t, id)); cause != nil || err != nil {
		t.Fatal(cause, err)
	}
	o.decide(t, id, kept.Dismiss)
	other := o.keepFirst(t, prescription("2", "0000001", "78", "NW", "20261120"))
	o.decide(t, other, kept.Dismiss)
	if len(*told) != 2 || (*told)[0].Result != DismissedLate || (*told)[0].As == "" || (*told)[1].Result != Dismissed || (*told)[1].As != "" {
		t.Errorf("told %+v", *told)
	}
}
