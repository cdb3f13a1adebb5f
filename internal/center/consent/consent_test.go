package consent_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/consent"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

func TestRecord_InForce(t *testing.T) {
	standing := consent.Record{EffectiveFrom: now}
	revoked := consent.Record{EffectiveFrom: now, RevokedAt: now.Add(time.Hour)}
	for name, tc := range map[string]struct {
		r    consent.Record
		at   time.Time
		want bool
	}{
		"before it takes effect":     {standing, now.Add(-1), false},
		"when it takes effect":       {standing, now, true},
		"long after":                 {standing, now.AddDate(50, 0, 0), true},
		"just before the revocation": {revoked, now.Add(time.Hour - 1), true},
		"at the revocation":          {revoked, now.Add(time.Hour), false},
		"after the revocation":       {revoked, now.Add(2 * time.Hour), false},
		"revoked before it began":    {consent.Record{EffectiveFrom: now, RevokedAt: now.Add(-time.Hour)}, now, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.r.InForce(tc.at); got != tc.want {
				t.Errorf("InForce = %v, want %v", got, tc.want)
			}
		})
	}
}

func TestRecord_Validate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*consent.Record)
		want   fault.Key
	}{
		"written":             {func(*consent.Record) {}, ""},
		"by a proxy":          {func(r *consent.Record) { r.Basis = consent.Proxy }, ""},
		"effective now":       {func(r *consent.Record) { r.EffectiveFrom = now }, ""},
		"without scope":       {func(r *consent.Record) { r.Scope = "" }, "consent.scope_missing"},
		"without basis":       {func(r *consent.Record) { r.Basis = "" }, "consent.basis_missing"},
		"on a basis of none":  {func(r *consent.Record) { r.Basis = "heard of" }, "consent.basis_missing"},
		"without signer":      {func(r *consent.Record) { r.Signer = "" }, "consent.signer_missing"},
		"effective tomorrow":  {func(r *consent.Record) { r.EffectiveFrom = now.Add(24 * time.Hour) }, "consent.date_future"},
		"effective at no day": {func(r *consent.Record) { r.EffectiveFrom = time.Time{} }, "consent.date_future"},
	} {
		t.Run(name, func(t *testing.T) {
			r := consent.Record{Scope: consent.Comprehensive, Basis: consent.Written, Signer: "本人", EffectiveFrom: now.Add(-time.Hour)}
			tc.change(&r)
			err := r.Validate(now)
			if key, _, _ := fault.Message(err); key != tc.want || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Validate = %v, want key %q", err, tc.want)
			}
		})
	}
}
