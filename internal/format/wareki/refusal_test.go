package wareki_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

func TestRefusals(t *testing.T) {
	refused := map[string]error{}
	for _, input := range []string{"", "hello", "60/4/1", "X35.4.1", "1960-02-30", "00000101", "S64.1.8", "H99.1.1", "M5.1.1"} {
		_, refused["date "+input] = wareki.ParseDate(input)
	}
	_, refused["not ISO"] = wareki.ParseISO("1960/04/01")
	_, refused["the year 0 in ISO"] = wareki.ParseISO("0000-01-01")
	_, refused["not compact"] = wareki.ParseCompact("1960-04-01")
	refusaltest.Check(t, refused)
}
