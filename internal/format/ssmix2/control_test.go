package ssmix2

import (
	"errors"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

func TestOrderStatus(t *testing.T) {
	for what, want := range map[string]clinical.OrderStatus{
		"NW|": "", "SC|CM": "", "SC|IP": "", "RE|": "", "XO|": "", "UC|": "", "UD|": "", "NW|A": "",
		"CA|": clinical.OrderCancelled, "OC|": clinical.OrderCancelled, "CR|": clinical.OrderCancelled, "SC|CA": clinical.OrderCancelled, "DC|CA": clinical.OrderCancelled,
		"DC|": clinical.OrderDiscontinued, "OD|": clinical.OrderDiscontinued, "SC|DC": clinical.OrderDiscontinued, "HD|DC": clinical.OrderDiscontinued,
		"HD|": clinical.OrderHeld, "SC|HD": clinical.OrderHeld, "UC|HD": clinical.OrderHeld,
		"UA|": clinical.OrderRefused, "RP|": clinical.OrderReplaced, "SC|RP": clinical.OrderReplaced,
	} {
		control, status, _ := strings.Cut(what, "|")
		orc := "ORC|" + control + "|000000000000801|||" + status + "||||20240601"
		for dataType, lines := range map[DataType][]string{
			PrescriptionOrder: {"RDE^O11", orc, "RXE||1^薬^HOT9|1||TAB^錠^MR9P", "TQ1|1||1013044400000000&毎食後&JAMISDP01", "RXR|PO"},
			InjectionOrder:    {"RDE^O11", orc, "RXE||1^薬^HOT9|1||AMP^管^MR9P", "RXR|IV"},
			ImagingOrder:      {"OMG^O19", orc, "OBR|1|000000000000801||X^胸部^JJ1017"},
			DietOrder:         {"OMD^O03", orc, "ODS|D||1^常食^99D"},
			LabOrder:          {"OML^O33", spmLine, orc, "OBR|1|000000000000801||E1^生化学^99O03"},
			LabResult:         {"OUL^R22", spmLine, "OBR|1|000000000000801||E1^生化学^99O03", orc, "OBX|1|NM|1^GLU^JC10||98||||||F"},
		} {
			doc, err := document(t, dataType, lines[0], append([]string{pidLine}, lines[1:]...)...)
			if want == clinical.OrderCancelled {
				if !errors.Is(err, ErrCancelled) {
					t.Errorf("%s of %s: error %v, want ErrCancelled", what, dataType, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s of %s: %v", what, dataType, err)
				continue
			}
			if got := orderStatusIn(doc); got != want {
				t.Errorf("%s of %s: status %q, want %q", what, dataType, got, want)
			}
			if told := strings.Contains(strings.Join(doc.Warnings, "\n"), "order is "+string(want)); told != (want != "") {
				t.Errorf("%s of %s: warnings %q", what, dataType, doc.Warnings)
			}
		}
	}
}

func orderStatusIn(doc clinical.Document) clinical.OrderStatus {
	switch {
	case len(doc.Medications) > 0:
		return doc.Medications[0].OrderStatus
	case len(doc.Injections) > 0:
		return doc.Injections[0].OrderStatus
	case len(doc.Examinations) > 0:
		return doc.Examinations[0].OrderStatus
	case len(doc.Diets) > 0:
		return doc.Diets[0].OrderStatus
	case doc.LabResults[0].Circumstances != nil:
		return doc.LabResults[0].Circumstances.OrderStatus
	}
	return ""
}
