package disclose_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/center/disclose"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// A gateway may take long, if it is not silent: a record of twenty years does.
func TestFetchPart_waitsWhileSomethingComes(t *testing.T) {
	for name, tc := range map[string]struct {
		pause time.Duration
		lines int
		want  fault.Kind // empty: it comes
		cause any
	}{
		"pauses, and goes on":             {4 * time.Second, 10, "", nil},
		"falls silent":                    {6 * time.Second, 2, fault.Unavailable, "gateway silent"},
		"goes on for longer than it may":  {time.Second, 100, fault.Unavailable, "gateway slow"},
		"is done before anybody is asked": {0, 1, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sc := newScene(t, dbtest.SQLite(t, migrate.Center))
				v := sc.open(t, disclose.Labs)
				began := 0
				gw := sc.Gateways.At(flowtest.Hospital)
				line := gw.Documents[0]
				gw.Before = func(ctx context.Context, _ string) error {
					gw.Answer = func(_ wire.Assertion, each func(wire.Content) error) (bool, error) {
						for range tc.lines {
							if err := each(line); err != nil {
								return true, err
							}
							select {
							case <-time.After(tc.pause):
							case <-ctx.Done():
								return true, ctx.Err()
							}
						}
						return true, each(wire.Content{Done: true})
					}
					return nil
				}
				part, err := sc.s.FetchPart(t.Context(), sc.caller, v.ID, flowtest.Hospital, "", func() { began++ })
				if tc.want == "" && (err != nil || len(part.Documents) != tc.lines) || tc.want != "" && (!fault.Is(err, tc.want) || len(part.Documents) > 0) {
					t.Errorf("FetchPart = %d documents, %v", len(part.Documents), err)
				}
				if began != 1 {
					t.Errorf("told %d times that it began", began)
				}
				if done := sc.Events(audit.ActionComplete); len(done) != 1 || done[0].Detail["cause"] != tc.cause {
					t.Errorf("completion rows = %+v, want one with cause %v", done, tc.cause)
				}
			})
		})
	}
}

// A gateway that does not know of periods sends all: what is older goes no further.
func TestFetchPart_since(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	sc.Item(flowtest.Hospital, hospitalID, clinical.KindLab, "20010101")
	sc.Item(flowtest.Hospital, hospitalID, clinical.KindAllergy, "20010101")
	v := sc.open(t, disclose.Labs)
	part, err := sc.s.FetchPart(t.Context(), sc.caller, v.ID, flowtest.Hospital, "20200101", nil)
	if err != nil {
		t.Fatal(err)
	}
	allergies := 0
	for _, d := range part.Documents {
		if d.Item.Kind == clinical.KindAllergy {
			allergies++
		} else if d.Item.Date < "20200101" {
			t.Errorf("came all the same: %+v", d.Item)
		}
	}
	if allergies == 0 || part.Refused != 0 {
		t.Errorf("%d allergies, %d refused", allergies, part.Refused)
	}
	if asked := sc.Gateways.At(flowtest.Hospital).Requests; len(asked) != 1 || asked[0].Since != "20200101" {
		t.Errorf("the gateway was asked %+v", asked)
	}
	if done := sc.Events(audit.ActionComplete); len(done) != 1 || done[0].Detail["since"] != "20200101" {
		t.Errorf("completion rows = %+v", done)
	}
}

// A gateway that gives a year more than the period, or all, is sifted here as a newer one
// sifts itself.
func TestFetchPart_sinceOfAnOlderGateway(t *testing.T) {
	sc := newScene(t, dbtest.SQLite(t, migrate.Center))
	order := func(date string, days int) {
		sc.Item(flowtest.Hospital, hospitalID, clinical.KindPrescription, date)
		gw := sc.Gateways.At(flowtest.Hospital)
		gw.Documents[len(gw.Documents)-1].Document.Medications = []clinical.Medication{{Days: days}}
	}
	order("20191201", 90)
	order("20191101", 14)
	v := sc.open(t, disclose.Medications)
	part, err := sc.s.FetchPart(t.Context(), sc.caller, v.ID, flowtest.Hospital, "20200101", nil)
	if err != nil {
		t.Fatal(err)
	}
	var older []string
	for _, d := range part.Documents {
		if d.Item.Date < "20200101" && !d.Item.Standing() {
			older = append(older, d.Item.Date)
		}
	}
	if len(older) != 1 || older[0] != "20191201" || part.Earlier != 1 {
		t.Errorf("of before the period came %v, counted %d, want the order that is taken in it", older, part.Earlier)
	}
}
