package device_test

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/device"
)

func TestReq_CERT03_warningsAndRenewalByDay(t *testing.T) {
	start := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	d := device.Device{NotAfter: start.AddDate(0, 0, 365)}
	for _, tc := range []struct {
		day, left, warning int
		renewable          bool
	}{
		{0, 365, 0, false}, {269, 96, 0, false}, {270, 95, 0, true}, {274, 91, 0, true}, {275, 90, 90, true}, {304, 61, 90, true},
		{305, 60, 60, true}, {335, 30, 30, true}, {350, 15, 15, true}, {358, 7, 7, true}, {359, 6, 7, true}, {364, 1, 7, true},
		{365, 0, 0, false}, {400, 0, 0, false},
	} {
		at := start.AddDate(0, 0, tc.day)
		if left, warning, renewable := d.DaysLeft(at), d.Warning(at), d.Renewable(at); left != tc.left || warning != tc.warning || renewable != tc.renewable {
			t.Errorf("day %d: %d days left, warning %d, renewable %v; want %+v", tc.day, left, warning, renewable, tc)
		}
	}
	d.RevokedAt = start
	if at := start.AddDate(0, 0, 360); d.Warning(at) != 0 || d.Renewable(at) {
		t.Error("a revoked terminal is warned of")
	}
}
