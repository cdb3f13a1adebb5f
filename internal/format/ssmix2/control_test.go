package ssmix2

import (
	"errors"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// ordersOf gives the type and segments of orders, and of a result, that an ORC is of, by data type.
func ordersOf(orc string) map[DataType][]string {
	return map[DataType][]string{
		PrescriptionOrder: {"RDE^O11", orc, "RXE||1^薬^HOT9|1||TAB^錠^MR9P", "TQ1|1||1013044400000000&毎食後&JAMISDP01", "RXR|PO"},
		InjectionOrder:    {"RDE^O11", orc, "RXE||1^薬^HOT9|1||AMP^管^MR9P", "RXR|IV"},
		ImagingOrder:      {"OMG^O19", orc, "OBR|1|000000000000801||X^胸部^JJ1017"},
		DietOrder:         {"OMD^O03", orc, "ODS|D||1^常食^99D"},
		LabOrder:          {"OML^O33", spmLine, orc, "OBR|1|000000000000801||E1^生化学^99O03"},
		LabResult:         {"OUL^R22", spmLine, "OBR|1|000000000000801||E1^生化学^99O03", orc, "OBX|1|NM|1^GLU^JC10||98||||||F"},
	}
}

func TestOrderStatus(t *testing.T) {
	for what, want := range map[string]clinical.OrderStatus{
		"NW|": "", "SC|CM": "", "SC|IP": "", "RE|": "", "XO|": "", "UC|": "", "UD|": "", "NW|A": "",
		"CA|": clinical.OrderCancelled, "ca|": clinical.OrderCancelled, "SC| CA ": clinical.OrderCancelled, "OC|": clinical.OrderCancelled, "CR|": clinical.OrderCancelled, "SC|CA": clinical.OrderCancelled, "DC|CA": clinical.OrderCancelled,
		"DC|": clinical.OrderDiscontinued, "OD|": clinical.OrderDiscontinued, "SC|DC": clinical.OrderDiscontinued, "HD|DC": clinical.OrderDiscontinued,
		"HD|": clinical.OrderHeld, "SC|HD": clinical.OrderHeld, "UC|HD": clinical.OrderHeld,
		"UA|": clinical.OrderRefused, "RP|": clinical.OrderReplaced, "SC|RP": clinical.OrderReplaced,
	} {
		control, status, _ := strings.Cut(what, "|")
		orc := "ORC|" + control + "|000000000000801|||" + status + "||||20240601"
		for dataType, lines := range ordersOf(orc) {
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

// What tells of an order leaves it as it was ordered; what orders it, changes it or takes it
// back does not tell of it.
func TestTellsOfOrder(t *testing.T) {
	for what, want := range map[string][2]bool{ // tells, releases
		"NW|": {false, false}, "XO|": {false, false}, "NW|IP": {false, false}, "RF|": {false, false}, "PA|": {false, false}, "CH|": {false, false}, "RO|": {false, false},
		"CA|": {false, false}, "SC|CA": {false, false}, "NW|DC": {true, false}, "DC|": {true, false}, "HD|": {true, false}, "UD|": {true, false}, "RP|": {true, false},
		"RL|": {true, true}, "OE|": {true, true}, "SC|IP": {true, true}, "SC|A": {true, true}, "SC|CM": {true, false}, "SC|HD": {true, false}, "RL|DC": {true, false},
	} {
		control, status, _ := strings.Cut(what, "|")
		msg, err := hl7v2.Parse([]byte("MSH|^~\\&|E|H|G|M|20261125120000||RDE^O11|1|P|2.5\rORC|" + control + "|1|||" + status + "\r"))
		if err != nil {
			t.Fatal(err)
		}
		orc := msg.First("ORC")
		if got := [2]bool{TellsOfOrder(orc), ReleasesOrder(orc)}; got != want {
			t.Errorf("%s: tells, releases %v, want %v", what, got, want)
		}
	}
}

func TestStopped(t *testing.T) {
	for name, tc := range map[string]struct {
		control, status, entered, effective, start string
		want                                       clinical.Time
	}{
		"took effect":                                    {"DC", "", "20240605093000", "202406051200", "20240601", "202406051200"},
		"took effect, by the status":                     {"SC", "DC", "20240601103000", "20240605", "20240601", "20240605"},
		"when that was entered":                          {"DC", "", "20240605093000", "", "20240601", "20240605093000"},
		"took effect before it was entered":              {"DC", "", "20240605", "20240604", "20240601", "20240604"},
		"will take effect":                               {"DC", "", "20240605", "20240610", "20240601", "20240610"},
		"on the day of the start":                        {"DC", "", "20240601103000", "20240601151500", "20240601", "20240601151500"},
		"on the day of the order, which says no hour":    {"DC", "", "20240601", "20240601151500", "20240601", "20240601151500"},
		"before the start":                               {"DC", "", "20240601103000", "20240602", "20240610", "20240602"},
		"with the time of the order":                     {"DC", "", "20240601103000", "", "20240601", ""},
		"with the time of the order, twice":              {"DC", "", "20240601103000", "20240601103000", "20240601", ""},
		"with the start of the order":                    {"DC", "", "20240601103000", "20240603", "20240603", ""},
		"with the start of the order, at midnight":       {"DC", "", "20240601103000", "20240603000000", "20240603", ""},
		"with the time of the order, and starting later": {"DC", "", "20240601103000", "20240601", "20240603", ""},
		"without a start, from the file's day":           {"DC", "", "20240604", "", "", "20240604"},
		"without a start, on the file's day":             {"DC", "", "20240601", "", "", ""},
		"in another zone":                                {"DC", "", "20240601103000", "202406041600+0000", "20240601", "202406041600+0000"},
		"at no time":                                     {"DC", "", "", "noon", "20240601", ""},
		"in a month":                                     {"DC", "", "", "202407", "20240601", ""},
		"a new order that takes effect later":            {"NW", "", "20240601103000", "20240610", "20240610", ""},
		"held":                                           {"HD", "", "20240605", "20240605", "20240601", ""},
	} {
		t.Run(name, func(t *testing.T) {
			orc := "ORC|" + tc.control + "|000000000000801|||" + tc.status + "||||" + tc.entered + "||||||" + tc.effective
			tq1 := "TQ1|1||1013044400000000&毎食後&JAMISDP01||||" + tc.start
			rx := mustDocument(t, PrescriptionOrder, "RDE^O11", pidLine, orc, "RXE||1^薬^HOT9|1||TAB^錠^MR9P", tq1, "RXR|PO")
			drip := mustDocument(t, InjectionOrder, "RDE^O11", pidLine, orc, "RXE||1^薬^HOT9|1||AMP^管^MR9P", tq1, "RXR|IV")
			if got := rx.Medications[0].Stopped; got != tc.want {
				t.Errorf("prescription stopped %q, want %q", got, tc.want)
			}
			if got := drip.Injections[0].Stopped; got != tc.want {
				t.Errorf("injection stopped %q, want %q", got, tc.want)
			}
		})
	}
}

// What was handed out or given by then was, whatever became of the order.
func TestStopped_ofWhatWasDone(t *testing.T) {
	for given, want := range map[string]clinical.Time{"20240601": "20240605", "20240605": "20240605", "20240606": ""} {
		orc := "ORC|DC|000000000000801|||||||20240601103000||||||20240605"
		rxa := "RXA|0|1|" + given + "|" + given + "|1^薬^HOT9|14|TAB^錠^MR9P"
		handed := mustDocument(t, PrescriptionDone, "RAS^O17", pidLine, orc, "RXE||1^薬^HOT9|1||TAB^錠^MR9P", rxa, "RXR|PO")
		if got := handed.Medications[0].Stopped; got != want {
			t.Errorf("handed out on %s: stopped %q, want %q", given, got, want)
		}
		in := mustDocument(t, InjectionDone, "RAS^O17", pidLine, orc, "RXE||1^薬^HOT9|1||AMP^管^MR9P", rxa, "RXR|IV")
		if got := in.Injections[0].Stopped; got != "" || in.Injections[0].OrderStatus != clinical.OrderDiscontinued {
			t.Errorf("given on %s: stopped %q, status %q", given, got, in.Injections[0].OrderStatus)
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
