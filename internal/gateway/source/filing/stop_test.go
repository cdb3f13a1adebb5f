package filing

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// stop is a message that discontinues order 77 and says no more than the number; each
// line is an ORC behind that: status, and what follows.
func stop(id, typ string, orcs ...string) string {
	out := msh(id, typ) + "PID|||0000001\r"
	for _, orc := range orcs {
		out += "ORC|" + strings.Replace(orc, "|", "|"+order77, 1) + "\r"
	}
	return out
}

func TestFile_discontinues(t *testing.T) {
	const rde, day20 = "RDE^O11^RDE_O11", "20261120"
	rx := prescription("1", "0000001", order77, "NW", day20)
	started := strings.Replace(rx, "RXE|", "TQ1|1||||||20261121\rRXE|", 1)
	two := started + "ORC|NW|" + order77 + "||2\rRXE||other|1||TAB||||||||||||||||OHO^^MR9P\r"
	numbered := strings.Replace(two, "ORC|NW|"+order77+"|||", "ORC|NW|"+order77+"||1|", 1)
	unnumbered := strings.Replace(two, "||2\r", "|||||||"+day20+"\r", 1)
	const kind = "RXE||00^一般^99I02|500||ML\rRXR|IV\r"
	mixtures := infusion("1", "NW", kind+"RXC|B|saline|500|ML\rRXC|A|potassium|20|ML\rORC|NW|"+order77+"|||||||"+day20+"\r"+strings.Replace(kind, "99I02", "JHSI0002", 1)+"RXC|B|saline|500|ML\r")
	firstOf := func(id, control string) string {
		return strings.Replace(prescription(id, "0000001", order77, control, day20), "|"+order77+"|||", "|"+order77+"||1|", 1)
	}
	for name, tc := range map[string]struct {
		in           []string
		want, listed []string
	}{
		"by its number alone: when the message was made": {
			[]string{started, stop("2", rde, "SC||||DC")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"when it was entered": {
			[]string{started, stop("2", rde, "DC||||||||20261124")}, []string{"OMP-01 20261120 drug(discontinued@20261124)"}, nil,
		},
		"when it took effect": {
			[]string{started, stop("2", rde, "DC||||||||20261124||||||202611232100")}, []string{"OMP-01 20261120 drug(discontinued@202611232100)"}, nil,
		},
		"with the time of the order as its own": {
			[]string{started, stop("2", rde, "DC||||||||20261120")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"on the day of the start": {
			[]string{strings.Replace(started, "20261121", "20261125", 1), stop("2", rde, "DC||||||||20261125")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"on the day of the order and of the start": {
			[]string{strings.NewReplacer("20261120", "20261125", "20261121", "20261125").Replace(started), stop("2", rde, "DC|")}, []string{"OMP-01 20261125 drug(discontinued@20261125120000)"}, nil,
		},
		"before the start": {
			[]string{strings.Replace(started, "20261121", "20261201", 1), stop("2", rde, "DC|")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"twice: the first time holds, unless the second says one": {
			[]string{started, stop("2", rde, "DC||||||||20261124"), stop("3", rde, "DC|")}, []string{"OMP-01 20261120 drug(discontinued@20261124)"}, nil,
		},
		"twice, corrected": {
			[]string{started, stop("2", rde, "DC||||||||20261124"), stop("3", rde, "DC||||||||20261123")}, []string{"OMP-01 20261120 drug(discontinued@20261123)"}, nil,
		},
		"three times, the last time corrected": {
			[]string{started, stop("2", rde, "DC||||||||20261124"), stop("3", rde, "DC||||||||20261124"), stop("4", rde, "DC||||||||20261123")}, []string{"OMP-01 20261120 drug(discontinued@20261123)"}, nil,
		},
		"sent again": {
			[]string{started, stop("2", rde, "DC|"), stop("2", rde, "DC|")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"sent again after the order was changed": {
			[]string{started, stop("2", rde, "DC|"), strings.Replace(started, "ORC|NW", "ORC|XO", 1), stop("2", rde, "DC|")}, []string{"OMP-01 20261120 drug"}, []string{"1 goes_on", "2 repeat"},
		},
		"and the order cancelled": {
			[]string{started, stop("2", rde, "DC|"), stop("3", rde, "CA|")}, nil, nil,
		},
		"all RP of it": {
			[]string{two, stop("2", rde, "DC|")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000) other(discontinued@20261125120000)"}, nil,
		},
		"one RP of it": {
			[]string{two, stop("2", rde, "DC|||2")}, []string{"OMP-01 20261120 drug other(discontinued@20261125120000)"}, nil,
		},
		"one drug of it": {
			[]string{two, stop("2", rde, "DC|") + "RXE||other|1||TAB\r"}, []string{"OMP-01 20261120 drug other(discontinued@20261125120000)"}, nil,
		},
		"one after the other": {
			[]string{two, stop("2", rde, "DC|||2"), stop("3", rde, "DC||||||||20261124")}, []string{"OMP-01 20261120 drug(discontinued@20261124) other(discontinued@20261124)"}, nil,
		},
		"an RP that it does not have": {
			[]string{two, stop("2", rde, "DC|||3")}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"a drug that it does not have": {
			[]string{two, stop("2", rde, "DC|") + "RXE||third|1||TAB\r"}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"one RP of it is cancelled": {
			[]string{two, stop("2", rde, "CA|||2")}, []string{"OMP-01 20261120 drug"}, nil,
		},
		"one RP of it is cancelled, and sent again": {
			[]string{two, stop("2", rde, "CA|||2"), stop("2", rde, "CA|||2")}, []string{"OMP-01 20261120 drug"}, nil,
		},
		"one RP of it is cancelled, then all": {
			[]string{two, stop("2", rde, "CA|||2"), stop("3", rde, "CA|")}, nil, nil,
		},
		"each RP of it is cancelled by itself": {
			[]string{numbered, stop("2", rde, "CA|||2"), stop("3", rde, "CA|||1")}, nil, nil,
		},
		"all RP of it are cancelled": {
			[]string{numbered, stop("2", rde, "CA|||1", "CA|||2")}, nil, nil,
		},
		"an RP is cancelled that it does not have": {
			[]string{two, stop("2", rde, "CA|||3")}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"an RP is cancelled of an order that numbers none": {
			[]string{started, stop("2", rde, "CA|||1")}, nil, nil,
		},
		"one RP of it is cancelled, with the day": {
			[]string{numbered, stop("2", rde, "CA|||2|||||"+day20)}, []string{"OMP-01 20261120 drug"}, nil,
		},
		"one RP of it is cancelled, with day and drug": {
			[]string{numbered, firstOf("2", "CA")}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one RP of it is cancelled, and the order changed since": {
			[]string{two, stop("2", rde, "CA|||2"), strings.NewReplacer("|1|P|", "|3|P|", "ORC|NW", "ORC|XO", "||2\r", "||3\r").Replace(two)}, []string{"OMP-01 20261120 drug other"}, []string{"3 goes_on"},
		},
		"an RP is cancelled, with day and drug, that it does not have": {
			[]string{numbered, strings.Replace(firstOf("2", "CA"), "||1|", "||3|", 1)}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"all RP of it are cancelled, with day and drug": {
			[]string{numbered, strings.NewReplacer("|1|P|", "|2|P|", "ORC|NW", "ORC|CA").Replace(numbered)}, nil, nil,
		},
		"one drug of it is cancelled, with the day": {
			[]string{unnumbered, prescription("2", "0000001", order77, "CA", day20)}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled, with the day, and sent again": {
			[]string{unnumbered, prescription("2", "0000001", order77, "CA", day20), prescription("2", "0000001", order77, "CA", day20)}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled under another day": {
			[]string{unnumbered, prescription("2", "0000001", order77, "CA", "20261121")}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled, by its status": {
			[]string{unnumbered, strings.Replace(prescription("2", "0000001", order77, "SC", day20), order77+"|||", order77+"|||CA", 1)}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled, by its other code": {
			[]string{strings.Replace(unnumbered, "RXE||drug|", "RXE||5^drug^99D^620^drug^HOT9|", 1), strings.Replace(prescription("2", "0000001", order77, "CA", day20), "RXE||drug|", "RXE||620^drug^HOT9|", 1)},
			[]string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled, with weight and allergies": {
			[]string{unnumbered, strings.Replace(prescription("2", "0000001", order77, "CA", day20), "ORC|", "AL1|1||iodine\rORC|", 1) + "OBX|1|NM|9N006000000000001^体重^JC10||62|kg|||||F\r"}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug of it is cancelled, by the older segment": {
			[]string{unnumbered, strings.Replace(prescription("2", "0000001", order77, "CA", day20), "RXE||drug|1|", "RXO|drug|1||", 1)}, []string{"OMP-01 20261120 other"}, nil,
		},
		"one drug after the other is cancelled": {
			[]string{unnumbered, prescription("2", "0000001", order77, "CA", day20), strings.Replace(prescription("3", "0000001", order77, "CA", day20), "drug", "other", 1)}, nil, nil,
		},
		"one drug of it is cancelled, then all as they were": {
			[]string{unnumbered, prescription("2", "0000001", order77, "CA", day20), strings.NewReplacer("|1|P|", "|3|P|", "ORC|NW", "ORC|CA").Replace(unnumbered)}, nil, nil,
		},
		"all drugs of it are cancelled": {
			[]string{unnumbered, strings.NewReplacer("|1|P|", "|2|P|", "ORC|NW", "ORC|CA").Replace(unnumbered)}, nil, nil,
		},
		"a drug is cancelled that it does not have": {
			[]string{unnumbered, strings.Replace(prescription("2", "0000001", order77, "CA", day20), "drug", "third", 1)}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"a drug is cancelled that is not its only one": {
			[]string{rx, strings.Replace(prescription("2", "0000001", order77, "CA", day20), "drug", "third", 1)}, []string{"OMP-01 20261120 drug"}, []string{"2 unclear_part"},
		},
		"a drug is cancelled that several RP of it have": {
			[]string{strings.Replace(numbered, "other", "drug", 1), prescription("2", "0000001", order77, "CA", day20)}, []string{"OMP-01 20261120 drug drug"}, []string{"2 unclear_part"},
		},
		"a drug that several RP of it have is discontinued": {
			[]string{strings.Replace(numbered, "other", "drug", 1), stop("2", rde, "DC|") + "RXE||drug|1||TAB\r"}, []string{"OMP-01 20261120 drug drug"}, []string{"2 unclear_part"},
		},
		"a drug is cancelled as often as it has it": {
			[]string{strings.Replace(unnumbered, "other", "drug", 1), strings.NewReplacer("|1|P|", "|2|P|", "ORC|NW", "ORC|CA", "other", "drug").Replace(unnumbered)}, nil, nil,
		},
		"one drug is cancelled of two under one ORC": {
			[]string{rx + "RXE||other|1||TAB||||||||||||||||OHO^^MR9P\r", prescription("2", "0000001", order77, "CA", day20)}, []string{"OMP-01 20261120 drug other"}, []string{"2 unclear_part"},
		},
		"both drugs under one ORC are cancelled": {
			[]string{rx + "RXE||other|1||TAB||||||||||||||||OHO^^MR9P\r", prescription("2", "0000001", order77, "CA", day20) + "RXE||other|1||TAB||||||||||||||||OHO^^MR9P\r"}, nil, nil,
		},
		"it is cancelled with the day and no drug": {
			[]string{unnumbered, stop("2", rde, "CA||||||||"+day20)}, nil, nil,
		},
		"a prescription is cancelled by drug beside an injection of its number": {
			[]string{unnumbered, infusion("2", "NW", "RXE||heparin|5||ML\rRXR|IV\r"), prescription("3", "0000001", order77, "CA", day20)},
			[]string{"OMP-01 20261120 other", "OMP-02 20261120 heparin"}, nil,
		},
		"one mixture of it is cancelled": {
			[]string{mixtures, infusion("2", "CA", kind+"RXC|B|saline|500|ML\rRXC|A|potassium|20|ML\r")}, []string{"OMP-02 20261120 saline"}, nil,
		},
		"a drug of one mixture of it is cancelled": {
			[]string{mixtures, infusion("2", "CA", kind+"RXC|A|potassium|20|ML\r")}, []string{"OMP-02 20261120 potassium saline saline"}, []string{"2 unclear_part"},
		},
		"mixtures of it are cancelled by their kind alone": {
			[]string{mixtures, infusion("2", "CA", kind)}, nil, nil,
		},
		"one RP is cancelled and the other discontinued": {
			[]string{two, stop("2", rde, "CA|||2"), stop("3", rde, "DC|")}, []string{"OMP-01 20261120 drug(discontinued@20261125120000)"}, nil,
		},
		"one part, and another cancelled": {
			[]string{two, stop("2", rde, "DC|||2", "CA|||1")}, []string{"OMP-01 20261120 drug other"}, []string{"2 no_place"},
		},
		"one that was replaced": {
			[]string{strings.Replace(rx, "ORC|NW", "ORC|RP", 1), stop("2", rde, "DC|")}, []string{"OMP-01 20261120 drug(replaced)"}, []string{"2 unclear_part"},
		},
		"one that never came": {
			[]string{stop("2", rde, "DC|")}, nil, []string{"2 no_order"},
		},
		"one that comes after it": {
			[]string{stop("1", rde, "DC|"), prescription("2", "0000001", order77, "NW", day20)}, []string{"OMP-01 20261120 drug"}, []string{"1 no_order"},
		},
		"an injection": {
			[]string{infusion("1", "NW", "RXE||heparin|5||ML\rRXR|IV\r"), stop("2", rde, "OD|")}, []string{"OMP-02 20261120 heparin(discontinued@20261125120000)"}, nil,
		},
		"what was given stays": {
			[]string{given("1", "NW", "heparin@"+day20), stop("2", "RAS^O17^RAS_O17", "DC|")}, []string{"OMP-12 20261120 heparin@20261120(discontinued)"}, nil,
		},
		"what was measured stays": {
			[]string{result("1", "SC", day20, "K=4.0"), stop("2", "OUL^R22^OUL_R22", "SC||||DC")}, []string{"OML-11 20261120 K=4.0(discontinued)"}, nil,
		},
		"results whose message names no order": {
			[]string{strings.Replace(result("1", "SC", day20, "K=4.0"), "ORC|SC|"+order77+"\r", "", 1), stop("2", "OUL^R22^OUL_R22", "SC||||DC")}, []string{"OML-11 20261120 K=4.0"}, []string{"2 unclear_part"},
		},
		"by all that it says, on another day": {
			[]string{unnumbered, strings.NewReplacer("|1|P|", "|2|P|", "ORC|NW", "ORC|DC", day20, "20261124").Replace(unnumbered)},
			[]string{"OMP-01 20261120 drug(discontinued@20261124) other(discontinued@20261124)"}, nil,
		},
		"by all that it says, on another day, with weight and a time": {
			[]string{rx, strings.NewReplacer("|1|P|", "|2|P|", "ORC|NW", "ORC|DC", day20, "20261124||||||202611231800").Replace(rx) + "OBX|1|NM|9N006000000000001^体重^JC10||62|kg|||||F\r"},
			[]string{"OMP-01 20261120 drug(discontinued@202611231800)"}, nil,
		},
		"by all that it says, on another day, and sent again": {
			[]string{rx, prescription("2", "0000001", order77, "DC", "20261124"), prescription("2", "0000001", order77, "DC", "20261124")}, []string{"OMP-01 20261120 drug(discontinued@20261124)"}, nil,
		},
		"by all that it says, on another day, and moved since": {
			[]string{rx, prescription("2", "0000001", order77, "DC", "20261124"), strings.Replace(prescription("3", "0000001", order77, "XO", "20261121"), "drug", "other", 1)}, []string{"OMP-01 20261121 other"}, nil,
		},
		"one drug of it by all that it says, on another day": {
			[]string{unnumbered, prescription("2", "0000001", order77, "DC", "20261124")}, []string{"OMP-01 20261120 drug(discontinued@20261124) other"}, nil,
		},
		"one drug of it by all that it says, on its day": {
			[]string{unnumbered, prescription("2", "0000001", order77, "DC", day20)}, []string{"OMP-01 20261120 drug(discontinued@20261125120000) other"}, nil,
		},
		"one drug after the other by all that it says, on its day": {
			[]string{unnumbered, prescription("2", "0000001", order77, "DC", day20), strings.Replace(prescription("3", "0000001", order77, "DC", day20), "drug", "other", 1)},
			[]string{"OMP-01 20261120 drug(discontinued@20261125120000) other(discontinued@20261125120000)"}, nil,
		},
		"by another drug, on another day": {
			[]string{rx, strings.Replace(prescription("2", "0000001", order77, "DC", "20261124"), "drug", "other", 1)}, []string{"OMP-01 20261120 other(discontinued@20261124)"}, []string{"2 replaces_more"},
		},
		"by all that it says, on another day, of an order that never came": {
			[]string{prescription("2", "0000001", order77, "DC", "20261124")}, []string{"OMP-01 20261124 drug(discontinued)"}, nil,
		},
		"a laboratory's order by all that it says, on another day": {
			[]string{labOrder("1", "NW"), strings.Replace(labOrder("2", "DC"), order77+"|||||||20261120", order77+"|||||||20261124", 1)}, []string{"OML-01 20261120 生化学=/(discontinued)"}, nil,
		},
		"a laboratory's order, with a day": {
			[]string{labOrder("1", "NW"), stop("2", "OML^O33^OML_O33", "DC||||||||20261125")}, []string{"OML-01 20261120 生化学=/(discontinued)"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustHold(t, tc.in, tc.want, tc.listed)
		})
	}
}

// All else of the entry is as it was sent, whatever its character set.
func TestStopped_changesNothingElse(t *testing.T) {
	text := strings.Replace(prescription("1", "0000001", order77, "NW", "202611201030"), "202611201030\r", "202611201030|||110^医師^一郎^^^^^^^L^^^^^I|||||01^内科^HL70069||||試験病院||||||||O^外来患者オーダ^HL70482\r", 1)
	text = strings.Replace(text, "|drug|", "|1^楓錠＋賞味^99D|", 1) + "NTE|1||食後、楓\r"
	later := []byte(stop("2", "RDE^O11^RDE_O11", "DC|"))
	encoded, lost := jis.Encode(text)
	if len(lost) > 0 {
		t.Fatal(lost)
	}
	for name, held := range map[string][]byte{"ISO-2022-JP": encoded, "UTF-8": []byte(strings.Replace(text, "~ISO IR87", "UNICODE UTF-8", 1))} {
		t.Run(name, func(t *testing.T) {
			body, cause := stopped(held, later)
			if cause != nil {
				t.Fatal(cause)
			}
			was, _ := hl7v2.Parse(held)
			is, err := hl7v2.Parse(body)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(strings.Replace(was.Text(), "|NW|"+order77+"|||", "|NW|"+order77+"|||DC", 1), "^I|||||01^", "^I|||20261125120000||01^", 1)
			if diff := cmp.Diff(want, is.Text()); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
	cp932, err := japanese.ShiftJIS.NewEncoder().String(strings.Replace(text, "医師", "ポ", 1)) // half of which is a separator
	if err != nil {
		t.Fatal(err)
	}
	if body, cause := stopped([]byte(cp932), later); cause == nil {
		t.Errorf("written into what cannot be told apart: %q", body)
	}
}

// What is written into an entry is read there, and nothing else of it changes.
func FuzzStopped(f *testing.F) {
	for _, later := range []string{stop("2", "RDE^O11", "DC|"), stop("2", "RDE^O11", "SC||||DC||||20261124||||||20261124"), stop("2", "RDE^O11", "DC|||2") + "RXE||drug\r", stop("2", "RDE^O11", "CA|"), stop("2", "RDE^O11", "HD|"), stop("2", "RDE^O11", "RP|")} {
		f.Add(prescription("1", "0000001", order77, "NW", "20261120"), later)
		f.Add(result("1", "SC", "20261120", "K=4.0"), later)
	}
	f.Fuzz(func(t *testing.T, held, later string) {
		body, cause := stopped([]byte(held), []byte(later))
		if cause != nil {
			return
		}
		again, cause := stopped(body, []byte(later))
		if cause != nil || !bytes.Equal(again, body) {
			t.Errorf("written again: %v %q, want %q", cause, again, body)
		}
		msg, err := hl7v2.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		for orc := range msg.Segments("ORC") {
			if ssmix2.DiscontinuesOrder(orc) || ssmix2.CancelsOrder(orc) || ssmix2.HoldsOrder(orc) || ssmix2.ReplacesOrder(orc) {
				return
			}
		}
		was, _ := hl7v2.Parse([]byte(held))
		for orc := range was.Segments("ORC") {
			if ssmix2.HoldsOrder(orc) {
				return
			}
		}
		if was.Text() != msg.Text() {
			t.Errorf("nothing is discontinued, cancelled, held or released, and it changed: %q", body)
		}
	})
}
