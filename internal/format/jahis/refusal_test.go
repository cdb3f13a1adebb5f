package jahis_test

import (
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/refusaltest"
)

func TestRefusals(t *testing.T) {
	refused := map[string]error{}
	for name, body := range map[string]string{
		"nothing":                         " \r\n\x1a",
		"more bytes than may be":          strings.Repeat("x", jahis.MaxBytes+1),
		"more records than may be":        begin + strings.Repeat("4,a\n", jahis.MaxRecords+1),
		"zeros for the rest":              begin + "201,1,薬,1\x00\x00\x00",
		"zeros in between":                begin + "201,1,薬,1\x00\x00\x00,錠,1,,1\n",
		"no header":                       "NOT_JAHIS\n1,a",
		"two texts":                       begin + begin,
		"a second patient":                begin + "1,別人 太郎,1,19500101\n",
		"a second patient to prescribe":   rx + "11,,別人 太郎,\n",
		"no RP number":                    begin + "201,x,薬,1,錠,1,,1\n",
		"no number in the RP":             rx + "101,1,1,,3\n201,1,0,1,1,,薬,3,1,錠\n",
		"no part":                         begin + "911,1,2,x\n",
		"no number of parts":              begin + "911,1,x,1\n",
		"a note to no drug":               begin + "281,1,半分\n",
		"a note to no prescribed drug":    rx + "101,1,1,,3\n281,1,2,1,,粉砕,\n",
		"no drug":                         begin + "201,1,,1,錠,1,,1\n",
		"no kind of code":                 begin + "201,1,薬,1,錠,,,1\n",
		"no amount":                       begin + "201,1,薬,,錠,1,,1\n",
		"one drug twice":                  rx + "101,1,1,,3\n201,1,1,1,1,,薬,3,1,錠\n201,1,1,1,1,,薬,3,1,錠\n",
		"a usage of no drug":              begin + "5,20260310\n301,1,毎食後,3,日分,1,1,\n",
		"a prescribed usage of no drug":   rx + "101,1,1,,3\n111,1,1,,毎食後\n",
		"no form":                         rx + "111,1,1,,毎食後\n201,1,1,1,1,,薬,3,1,錠\n",
		"two pharmacies":                  begin + "5,20260310\n11,甲薬局\n11,乙薬局\n",
		"two hospitals":                   begin + "5,20260310\n51,甲病院\n51,乙病院\n",
		"two usages":                      begin + "201,1,薬,1,錠,1,,1\n301,1,a,1,日分,1,1\n301,1,b,1,日分,1,1\n",
		"two days of issue":               rx + "51,20260310\n51,20260311\n",
		"drugs with too much in common":   begin + "201,1,薬,1,錠,1,,1\n201,1,薬,2,錠,1,,1\n201,1,薬,3,錠,1,,1\n311,1," + strings.Repeat("x", jahis.MaxBytes*3/4) + "\n",
		"an ingredient of no drug":        begin + "31,1,成分,1,,2\n",
		"a part behind the last":          begin + "911,1,2,3\n",
		"a record behind those of a part": begin + "911,1,2,1\n4,a\n",
		"a drug that is cut":              begin + "5,20260310\n201,1,バフ,1,錠,1,61",
		"a drug with a hole":              begin + "5,20260310\n201,1,バフ\uFFFD,1,錠,1,,1\n",
	} {
		_, refused[name] = jahis.Parse([]byte(body))
	}
	for name, parts := range map[string][2]string{
		"parts of two texts":          {begin + "911,1,2,1\n", begin + "911,2,2,2\n"},
		"two versions of one part":    {begin + "911,1,2,1\n", begin + "4,a\n911,1,2,1\n"},
		"more records than all parts": {begin + strings.Repeat("4,a\n", jahis.MaxRecords-10) + "911,1,2,1\n", begin + strings.Repeat("4,a\n", 20) + "911,1,2,2\n"},
	} {
		_, refused[name] = jahis.Parse([]byte(parts[0]), []byte(parts[1]))
	}
	refusaltest.Check(t, refused)
}
