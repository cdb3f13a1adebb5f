package page

import (
	"encoding/json"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// sparse are documents as a gateway of another version, or one that is broken, may send
// them: members that are missing, null or empty.
func sparse(t *testing.T, kind clinical.Kind) (docs []ItemDocument) {
	t.Helper()
	for _, members := range []string{
		`"encounter":null,"medications":null,"lab_results":null,"allergies":null,"text":null`,
		`"encounter":{},"medications":[null,{}],"injections":[null,{},{"components":[null]}],"conditions":[null,{}],
		 "allergies":{"entries":[null]},"stated_allergies":[null],"diets":[null,{}],"text":{"sections":[null,{"blocks":[null]}]}`,
		`"lab_results":[null,{},{"test":null,"unit":null,"value":"1"},{"test":{},"unit":{},"panel":{},"specimen":{},"coded_value":{},"circumstances":{}},
		  {"organism":{"text":"菌"}},{"organism":{"text":"菌"},"susceptibility":true},
		  {"organism":{"text":"菌"},"susceptibility":true,"coded_value":{"text":"薬"},"sub_id":"1"},{"organism":{"text":"菌"},"susceptibility":true,"sub_id":"1"}]`,
		`"vitals":[null,{},{"test":null,"value":"120/80"},{"test":{"text":"血圧"},"unit":null,"value":"120/80"}],"observations":[null,{"value":"1"}]`,
		`"examinations":[null,{},{"items":[null,{"materials":[null],"exposures":[null],"findings":[null]}],"findings":[null,{"value":"1"}],"further":[null]}]`,
	} {
		d := ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261101"}}
		if err := json.Unmarshal([]byte(`{"kind":"`+string(kind)+`","data_type":"X",`+members+`}`), &d.Document); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	return docs
}

// What a gateway did not say is not shown; it breaks no page.
func TestSparseDocuments(t *testing.T) {
	f := colours.Of(chuo)
	for _, kind := range append(clinical.Kinds(), "") {
		docs := sparse(t, kind)
		for _, lang := range []string{Japanese, English} {
			part := NewPart(f, "p", Answer{Kinds: clinical.Kinds(), Documents: docs}, lang, time.Now())
			render(t, lang, part)
			render(t, lang, NewItems("p", f, docs, len(docs), lang))
			if kind != clinical.KindLab {
				continue
			}
			valued := 0
			for _, l := range part.Labs {
				if l.Value == "1" {
					valued++
				}
			}
			if valued != 1 || len(part.Cultures) != 1 {
				t.Errorf("labs %+v, cultures %+v", part.Labs, part.Cultures)
			}
		}
	}
}
