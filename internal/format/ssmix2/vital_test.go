package ssmix2

import "testing"

// An ORU^R01 is taken for vital signs only where it can be nothing else.
func TestIsVitals(t *testing.T) {
	const (
		own      = "OBR|1|801||V1^バイタル^99V|||20240601"
		pressure = "OBX|1|NM|9A751000000000001^収縮期血圧^JC10||120||||||F"
		heat     = "OBX|2|NM|9P100000000000001^体温^JC10||36.5||||||F"
		weight   = "OBX|3|NM|9N006000000000001^体重^JC10||62||||||F"
	)
	for _, tt := range []struct {
		name    string
		message string
		lines   []string
		want    bool
	}{
		{"ORU^R30", "ORU^R30^ORU_R30", []string{pidLine, orderLine, own, "OBX|1|NM|1^甲^99X||1||||||F"}, true},
		{"ORU^R30 of nothing", "ORU^R30", []string{pidLine}, true},
		{"nothing but vital signs", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, heat, weight}, true},
		{"of several panels", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, own, heat}, true},
		{"measures of the body alone", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, weight}, false},
		{"no results", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own}, false},
		{"a code of the facility's own among them", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, "OBX|2|ST|1^所見^99X||異常なし||||||F"}, false},
		{"a code of the same form in another system", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, "OBX|1|NM|9A751^甲^99X||120||||||F"}, false},
		{"an ECG among them", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, "OBX|2|ST|9A110^心電図^JC10||異常なし||||||F"}, false},
		{"a laboratory test among them", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, "OBX|2|NM|3A010000002327101^総蛋白^JC10||7||||||F"}, false},
		{"a panel of physiology", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||9A110^心電図^JC10|||20240601", pressure}, false},
		{"a second panel of physiology", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, "OBR|2|801||1^運動負荷^99MFR|||20240601"}, false},
		{"a section of physiology", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own + "|||||||||||||||||EC", pressure}, false},
		{"a second panel of a laboratory's section", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, own + "|||||||||||||||||LAB", heat}, false},
		{"a specimen", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, spmLine}, false},
		{"a specimen that says nothing", "ORU^R01^ORU_R01", []string{pidLine, orderLine, own, pressure, "SPM|1"}, false},
		{"another message", "OUL^R22^OUL_R22", []string{pidLine, orderLine, own, pressure}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := IsVitals(parsed(t, tt.message, tt.lines...)); got != tt.want {
				t.Errorf("IsVitals = %v, want %v", got, tt.want)
			}
		})
	}
}
