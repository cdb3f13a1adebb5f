package jahis_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/jahis"
)

// TestParse_whatDrugsHaveInCommon: what each drug of an RP, or each document of a dispensing,
// repeats is bounded together, however it is written.
func TestParse_whatDrugsHaveInCommon(t *testing.T) {
	many := strings.Repeat
	const drug, prescribed = "201,1,薬,1,錠,1,,1\n", "55,医師,内科,1\n201,1,薬,1,錠,1,,1\n"
	drugs := rx + "101,1,1,,7\n111,1,1,,x\n201,1,1,1,1,,薬,3,1,錠\n201,1,2,1,1,,薬,3,1,錠\n201,1,3,1,1,,薬,3,1,錠\n"
	text := many("x", jahis.MaxBytes*3/4)
	for name, body := range map[string]string{
		"many notes on the usage":   begin + many(drug, 3000) + many("311,1,n,1\n", 3000),
		"many warnings":             begin + many(drug, 3000) + many("391,1,n,1\n", 3000),
		"a long usage":              begin + many(drug, 3) + "301,1," + text + ",7,日分,1,1,,1\n",
		"a pharmacy":                begin + "5,20260310\n11," + text + "\n" + many(prescribed, 3),
		"a pharmacist":              begin + "5,20260310\n15," + text + "\n" + many(prescribed, 3),
		"a hospital":                begin + "5,20260310\n51," + text + "\n" + many(prescribed, 3),
		"a note on what is ordered": drugs + "181,1,1,," + text + ",,\n",
	} {
		if _, err := jahis.Parse([]byte(body)); err == nil || !strings.Contains(err.Error(), "have in common") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
	if _, err := jahis.Parse([]byte(begin + "201,1,薬,1,錠,1,,1\n311,1," + text + ",1\n")); err != nil {
		t.Errorf("a long note on one drug: %v", err)
	}
}

// TestParse_manyDrugsOfOneNumber: an ingredient is of the last drug of its number.
func TestParse_manyDrugsOfOneNumber(t *testing.T) {
	text, err := jahis.Parse([]byte(begin + "3,甲,,,1,1,\n3,乙,,,1,1,\n3,丙,,,1,2,\n31,1,成分,1,,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if otc := text.Notebook.OTC; len(otc[0].Ingredients) != 0 || len(otc[1].Ingredients) != 1 || len(otc[2].Ingredients) != 0 {
		t.Errorf("ingredients of %+v", otc)
	}
}
