package ssmix2

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

var received = time.Date(2024, 6, 1, 12, 30, 0, 250e6, japan)

func parsed(t *testing.T, messageType string, lines ...string) *hl7v2.Message {
	t.Helper()
	text := `MSH|^~\&|HIS|TESTHOSP|GW|EXCH|20240601115959||` + messageType + "|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\r" + strings.Join(lines, "\r") + "\r"
	body, lost := jis.Encode(text)
	if len(lost) > 0 {
		t.Fatalf("test message: %v", lost)
	}
	msg, err := hl7v2.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// orderLine is an ORC of a department.
const orderLine = "ORC|NW|000000000000801|||||||20240601110000||||||||05^呼吸器科^HL70069"

func TestNameOf(t *testing.T) {
	const evn = "EVN||20240601110000||||20240601100000"
	drug := func(fields string) string { return "RXE||1^甲^HOT9|1||TAB^錠^MR9P" + fields }
	usage := func(code string) string { return "TQ1|1||" + code + "&用法&JAMISDP01" }
	const rxa = "RXA|0|1|202406010800|202406010900|1^甲^HOT9|1|AMP^管^MR9P"
	const rxo = "RXO|1^甲^HOT9|1||AMP^管^MR9P"
	completed := strings.Replace(orderLine, "ORC|NW|000000000000801|||", "ORC|SC|000000000000801|||CM", 1)
	obr := func(code string) string { return "OBR|1|000000000000801||" + code + "|||202406010930" }
	const result = "OBX|1|NM|1^甲^JC10||1||||||F"
	tests := []struct {
		name    string
		message string
		lines   []string
		want    string
	}{
		{"demographics", "ADT^A08^ADT_A01", []string{evn, pidLine, pv1(nil)}, "0000012345_-_ADT-00_999999999999999_20240601115959000_-_1"},
		{"demographics deleted", "ADT^A23^ADT_A21", []string{evn, pidLine, pv1(nil)}, "0000012345_-_ADT-00_999999999999999_20240601115959000_-_0"},
		{"attending doctor", "ADT^A54^ADT_A54", []string{evn, pidLine, pv1(nil)}, "0000012345_-_ADT-01_999999999999999_20240601115959000_01_1"},
		{"attending doctor taken back", "ADT^A55^ADT_A52", []string{evn, pidLine, pv1(nil)}, "0000012345_-_ADT-01_999999999999999_20240601115959000_01_0"},
		{"allergies", "ADT^A60^ADT_A60", []string{evn, pidLine, "IAM|1||^卵|||A"}, "0000012345_-_ADT-61_999999999999999_20240601115959000_-_1"},
		{"reception", "ADT^A04^ADT_A01", []string{evn, pidLine, pv1(map[int]string{2: "O", 44: "20240601090000"})}, "0000012345_20240601_ADT-12_999999999999999_20240601115959000_01_1"},
		{"reception as admission of an outpatient", "ADT^A01^ADT_A01", []string{evn, pidLine, pv1(map[int]string{2: "O", 44: "20240601090000"})}, "0000012345_20240601_ADT-12_999999999999999_20240601115959000_01_1"},
		{"admission at hour 25", "ADT^A01^ADT_A01", []string{evn, pidLine, pv1(map[int]string{44: "202405312530"})}, "0000012345_20240531_ADT-22_999999999999999_20240601115959000_01_1"},
		{"admission cancelled", "ADT^A11^ADT_A09", []string{evn, pidLine, pv1(map[int]string{44: "20240531"})}, "0000012345_20240531_ADT-22_999999999999999_20240601115959000_01_0"},
		{"planned admission", "ADT^A14^ADT_A05", []string{evn, pidLine, pv1(nil), "PV2||||||||20240610"}, "0000012345_20240610_ADT-21_999999999999999_20240601115959000_01_1"},
		{"planned admission cancelled", "ADT^A27^ADT_A21", []string{evn, pidLine, pv1(nil), "PV2||||||||20240610"}, "0000012345_20240610_ADT-21_999999999999999_20240601115959000_01_0"},
		{"leave", "ADT^A21^ADT_A21", []string{evn, pidLine, pv1(nil)}, "0000012345_20240601_ADT-31_999999999999999_20240601115959000_01_1"},
		{"leave cancelled", "ADT^A52^ADT_A52", []string{evn, pidLine, pv1(nil)}, "0000012345_20240601_ADT-31_999999999999999_20240601115959000_01_0"},
		{"return", "ADT^A22^ADT_A21", []string{evn, pidLine, pv1(nil)}, "0000012345_20240601_ADT-32_999999999999999_20240601115959000_01_1"},
		{"return cancelled", "ADT^A53^ADT_A52", []string{"EVN||20240601", pidLine, pv1(nil), "PV2|" + strings.Repeat("|", 46) + "20240603"}, "0000012345_20240603_ADT-32_999999999999999_20240601115959000_01_0"},
		{"planned transfer of another zone", "ADT^A15^ADT_A15", []string{evn, pidLine, pv1(nil), "PV2||||||||202406092330+0000"}, "0000012345_20240610_ADT-41_999999999999999_20240601115959000_01_1"},
		{"planned transfer", "ADT^A15^ADT_A15", []string{evn, pidLine, pv1(nil), "PV2||||||||20240610"}, "0000012345_20240610_ADT-41_999999999999999_20240601115959000_01_1"},
		{"transfer", "ADT^A02^ADT_A02", []string{evn, pidLine, pv1(nil)}, "0000012345_20240601_ADT-42_999999999999999_20240601115959000_01_1"},
		{"transfer without its time", "ADT^A02^ADT_A02", []string{"EVN||20240602", pidLine, pv1(nil)}, "0000012345_20240602_ADT-42_999999999999999_20240601115959000_01_1"},
		{"order without its time", "RDE^O11^RDE_O11", []string{pidLine, "ORC|NW|000000000000801", drug(""), usage("1013044400000000"), "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_-_1"},
		{"planned discharge", "ADT^A16^ADT_A16", []string{evn, pidLine, pv1(nil), "PV2|||||||||20240612"}, "0000012345_20240612_ADT-51_999999999999999_20240601115959000_01_1"},
		{"discharge", "ADT^A03^ADT_A03", []string{evn, pidLine, pv1(map[int]string{45: "202406011000"})}, "0000012345_20240601_ADT-52_999999999999999_20240601115959000_01_1"},
		{"discharge cancelled", "ADT^A13^ADT_A01", []string{evn, pidLine, pv1(map[int]string{45: "202406011000"})}, "0000012345_20240601_ADT-52_999999999999999_20240601115959000_01_0"},
		{"diseases", "PPR^ZD1^PPR_ZD1", []string{pidLine, pv1(nil), "PRB|AD|20240601|1^胃炎^MDCDX2|1", "ORC|NW|1"}, "0000012345_-_PPR-01_999999999999999_20240601115959000_01_1"},
		{"diet", "OMD^O03^OMD_O03", []string{pidLine, orderLine, "ODS|D||1^常食^99D"}, "0000012345_20240601_OMD_000000000000801_20240601115959000_05_1"},

		{"prescription by usage", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), usage("1013044400000000"), "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"prescription by amount to dispense", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("|||||21|TAB"), "RXR|ZZ"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"prescription by days", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), "TQ1|1||||||", "TQ1|2|||||7^D", "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"compounded ointment", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), usage("2B73000000000000"), "RXR|TP", "RXC|B|1^甲^HOT9|1|G"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"insulin to take home", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("|INJ^注射剤^MR9P||||2|KIT^キット^MR9P||||||||||OHP^外来処方^MR9P~OHO^院外処方^MR9P"), usage("3213044100000000"), "RXR|SC"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"insulin dispensed in house", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("|INJ^注射剤^MR9P||||2|KIT^キット^MR9P"), "RXR|SC"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"drip of an amount", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("|||||1|HON^本^MR9P"), "TQ1|1|||||3^D", "RXR|IV"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"injection of some hours", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), "TQ1|1|||||5^hr", "RXR|SC"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"brought in", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("||||||||||||||||BDP^持参薬^JHSP0007"), "RXR|IV"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"injection by rate", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("||||||||||||||||||102|ml/hr"), "RXR|IV"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"injection by route", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), "RXR|IM"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"injection by category", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("||||||||||||||||FTP^定時^JHSI0001"), "RXR|ZZ"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"injection by usage", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(""), usage("3001000000000000"), "RXR|ZZ"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"order cancelled", "RDE^O11^RDE_O11", []string{pidLine, strings.Replace(orderLine, "NW", "CA", 1), drug(""), "RXR|IM"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_0"},
		{"one of two drugs cancelled", "RDE^O11^RDE_O11", []string{pidLine, strings.Replace(orderLine, "NW", "CA", 1), drug(""), "RXR|PO", orderLine, drug(""), "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"dispensed", "RAS^O17^RAS_O17", []string{pidLine, orderLine, rxa + "|TAB^錠剤^MR9P", "RXR|PO"}, "0000012345_20240601_OMP-11_000000000000801_20240601115959000_05_1"},
		{"tablets handed out, no route", "RAS^O17^RAS_O17", []string{pidLine, orderLine, "RXA|0|1|20240601|20240601|1^甲^HOT9|1|TAB^錠^MR9P"}, "0000012345_20240601_OMP-11_000000000000801_20240601115959000_05_1"},
		{"prescription by its class", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug("||||||||||||||||||||||22^頓用^JHSP0003"), "RXR|ZZ"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"injection by its kind", "RDE^O11^RDE_O11", []string{pidLine, orderLine, "RXE||00^一般^JHSI0002|100||ml", "RXR|ZZ"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},
		{"prescription whose rate is null", "RDE^O11^RDE_O11", []string{pidLine, orderLine, drug(`||||||||||||||||||""|""`), "TQ1|1|||||7^D", "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"new order whose time is null", "RDE^O11^RDE_O11", []string{pidLine, `ORC|NW|000000000000801|||""||||""`, drug(""), usage("1013044400000000"), "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_-_1"},
		{"filled up with blanks", "OMI^Z23^OMI_Z23", []string{pidLine, "ORC|NW|000000000000801   |||||||||||||||05 ^内科", "OBR||000000000000801||X1^撮影^99XR|||20240601", "IPC|A||1.2||CT ^^DCM"}, "0000012345_20240601_OMG-11_000000000000801_20240601115959000_05_1"},
		{"injected", "RAS^O17^RAS_O17", []string{pidLine, orderLine, rxa, "RXR|IV"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_1"},
		{"injected at a rate", "RAS^O17^RAS_O17", []string{pidLine, orderLine, rxa + "|||||102ml/hr", "RXR|ZZ"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_1"},
		{"older order", "OMP^O09^OMP_O09", []string{pidLine, orderLine, "RXO|1^甲^HOT9|1||AMP^管^MR9P", "RXR|IV"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_1"},

		{"older prescription", "OMP^O09^OMP_O09", []string{pidLine, orderLine, rxo, usage("1013044400000000"), "RXR|PO"}, "0000012345_20240601_OMP-01_000000000000801_20240601115959000_05_1"},
		{"older injection performed, by RXA", "OMP^O09^OMP_O09", []string{pidLine, orderLine, rxo, rxa, "RXR|IV"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_1"},
		{"older injection performed, by its control code", "OMP^O09^OMP_O09", []string{pidLine, strings.Replace(orderLine, "NW", "RE", 1), "TQ1|1||||||202405310800", rxo, "RXR|IV"}, "0000012345_20240531_OMP-12_000000000000801_20240601115959000_05_1"},
		{"older injection performed, by its status", "OMP^O09^OMP_O09", []string{pidLine, completed, rxo, "RXR|IV"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_1"},
		{"older prescription performed", "OMP^O09^OMP_O09", []string{pidLine, completed, rxo, usage("1013044400000000"), "RXR|PO", completed, rxo, "RXR|PO"}, "0000012345_20240601_OMP-11_000000000000801_20240601115959000_05_1"},
		{"older injection performed, one of two taken back", "OMP^O09^OMP_O09", []string{pidLine, completed, rxo, "RXR|IV", strings.Replace(orderLine, "NW", "CA", 1), rxo, "RXR|IV"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_1"},
		{"older order cancelled", "OMP^O09^OMP_O09", []string{pidLine, strings.Replace(orderLine, "NW", "CA", 1), rxo, "RXR|IV"}, "0000012345_20240601_OMP-02_000000000000801_20240601115959000_05_0"},
		{"older performance cancelled", "OMP^O09^OMP_O09", []string{pidLine, strings.Replace(completed, "SC", "CA", 1), rxo, "RXR|IV"}, "0000012345_20240601_OMP-12_000000000000801_20240601115959000_05_0"},

		{"older list of diseases", "ADT^A08^ADT_A01", []string{evn, pidLine, pv1(nil), "DG1|1||K297^胃炎^I10"}, "0000012345_-_PPR-01_999999999999999_20240601115959000_01_1"},
		{"demographics with a diagnosis", "ADT^A08^ADT_A01", []string{evn, pidLine, pv1(nil), "DG1|1||K297^胃炎^I10", "IN1|1|67^国保^JHSD0001"}, "0000012345_-_ADT-00_999999999999999_20240601115959000_-_1"},
		{"demographics with a diagnosis, of SS-MIX2", "ADT^A08^ADT_A01|M1|P|2.5||||||~ISO IR87||ISO 2022-1994|SS-MIX2_1.20^SS-MIX2", []string{evn, pidLine, pv1(nil), "DG1|1||K297^胃炎^I10"}, "0000012345_-_ADT-00_999999999999999_20240601115959000_-_1"},
		{"older allergies are the demographics'", "ADT^A08^ADT_A01", []string{evn, pidLine, pv1(nil), "AL1|1|DA|^ペニシリン"}, "0000012345_-_ADT-00_999999999999999_20240601115959000_-_1"},

		{"laboratory order", "OML^O33^OML_O33", []string{pidLine, spmLine, orderLine, obr("E002^x^99O03"), "OBX|1||1^甲^JC10||||||||O"}, "0000012345_20240601_OML-01_000000000000801_20240601115959000_05_1"},
		{"older laboratory result", "OML^O33^OML_O33", []string{pidLine, spmLine, orderLine, obr("E002^x^99O03"), result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"laboratory result", "OUL^R22^OUL_R22", []string{pidLine, spmLine, obr("E002^x^99O03"), orderLine, result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"laboratory result without specimen or ORC", "OUL^R22^OUL_R22", []string{pidLine, pv1(nil), obr("E002^x^99O03"), result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_01_1"},
		{"result of an analyser that tells when it measured", "OUL^R22^OUL_R22", []string{pidLine, "SPM|1|S1||SER", "OBR|1|801||GLU^x^99A", "OBX|1|NM|GLU^GLU^99A||91|mg/dL|||||F||||||||20240602101500"}, "0000012345_20240602_OML-11_801_20240601115959000_-_1"},
		{"result that was reported", "OUL^R22^OUL_R22", []string{pidLine, "SPM|1|S1||SER", "OBR|1|801||GLU^x^99A||||||||||||||||||20240603", "OBX|1|NM|GLU^GLU^99A||91|mg/dL|||||F"}, "0000012345_20240603_OML-11_801_20240601115959000_-_1"},
		{"laboratory result of another standard", "ORU^R01^ORU_R01", []string{pidLine, orderLine, obr("3A010000002327101^総蛋白^JC10"), result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"results of a panel of the facility's own, by their codes", "ORU^R01^ORU_R01", []string{pidLine, orderLine, obr("E002^生化学的検査^99O03"), "OBX|1|NM|3A010000002327101^総蛋白^JC10||7||||||F", "OBX|2|NM|9N006000000000001^体重^JC10||62||||||F"}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"results of a panel of the facility's own, by their specimen", "ORU^R01^ORU_R01", []string{pidLine, orderLine, obr("E002^生化学的検査^99O03"), "OBX|1|NM|10222^ＴＰ^99X03||7||||||F", spmLine}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"an ECG of the facility's own, by its measures", "ORU^R01^ORU_R01", []string{pidLine, orderLine, obr("P01^心電図^99P"), "OBX|1|NM|32769^心拍数^99MFR||67||||||F"}, "0000012345_20240601_OMG-13_000000000000801_20240601115959000_05_1"},
		{"the second panel tells", "ORU^R01^ORU_R01", []string{pidLine, orderLine, obr("E002^生化学的検査^99O03"), obr("9A110^心電図^JC10"), "OBX|1|NM|1^甲^99X||67||||||F"}, "0000012345_20240601_OMG-13_000000000000801_20240601115959000_05_1"},

		{"X-ray", "OMG^O19^OMG_O19", []string{pidLine, orderLine, obr("1000^撮影^JJ1017-16P")}, "0000012345_20240601_OMG-01_000000000000801_20240601115959000_05_1"},
		{"ultrasound under JJ1017", "OMI^Z23^OMI_Z23", []string{pidLine, orderLine, obr("99A0^超音波^JJ1017"), "IPC|A||1.2||US^^DCM"}, "0000012345_20240601_OMG-11_000000000000801_20240601115959000_05_1"},
		{"imaging by modality", "OMI^Z23^OMI_Z23", []string{pidLine, orderLine, obr("X1^撮影^99XR"), "IPC|A||1.2||CT^^DCM"}, "0000012345_20240601_OMG-11_000000000000801_20240601115959000_05_1"},
		{"endoscopy", "OMG^O19^OMG_O19", []string{pidLine, orderLine, obr("110^上部^LENDO")}, "0000012345_20240601_OMG-02_000000000000801_20240601115959000_05_1"},
		{"endoscopy by modality", "OMI^Z23^OMI_Z23", []string{pidLine, orderLine, obr("X1^上部^99XR"), "IPC|A||1.2||ES^^DCM"}, "0000012345_20240601_OMG-12_000000000000801_20240601115959000_05_1"},
		{"physiology", "OMG^O19^OMG_O19", []string{pidLine, orderLine, obr("9A110^心電図^JC10")}, "0000012345_20240601_OMG-03_000000000000801_20240601115959000_05_1"},
		{"physiology by section", "OMG^O19^OMG_O19", []string{pidLine, orderLine, obr("X1^脳波^99P") + strings.Repeat("|", 17) + "EN"}, "0000012345_20240601_OMG-03_000000000000801_20240601115959000_05_1"},
		{"physiology result without ORC", "ORU^R01^ORU_R01", []string{pidLine, pv1(nil), obr("9A110^心電図^JC10"), result}, "0000012345_20240601_OMG-13_000000000000801_20240601115959000_01_1"},
		{"order whose status is cancelled", "OMG^O19^OMG_O19", []string{pidLine, strings.Replace(orderLine, "ORC|NW|000000000000801|||", "ORC|SC|000000000000801|||CA", 1), obr("1000^撮影^JJ1017")}, "0000012345_20240601_OMG-01_000000000000801_20240601115959000_05_0"},
		{"result whose order was discontinued", "OUL^R22^OUL_R22", []string{pidLine, pv1(nil), obr("E002^x^99O03"), strings.Replace(orderLine, "ORC|NW|000000000000801|||", "ORC|SC|000000000000801|||DC", 1), result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_1"},
		{"result whose order was cancelled", "OUL^R22^OUL_R22", []string{pidLine, pv1(nil), obr("E002^x^99O03"), strings.Replace(orderLine, "ORC|NW|000000000000801|||", "ORC|SC|000000000000801|||CA", 1), result}, "0000012345_20240601_OML-11_000000000000801_20240601115959000_05_0"},
		{"order of parts", "OMG^O19^OMG_O19", []string{pidLine, orderLine, obr("1000^撮影^JJ1017"), "ORC|CH|000000000000802", obr("1001^撮影^JJ1017")}, "0000012345_20240601_OMG-01_000000000000801_20240601115959000_05_1"},
		{"department that no name can have", "OMD^O03^OMD_O03", []string{pidLine, strings.Replace(orderLine, "|05^", "|A_B^", 1), "ODS|D||1^常食^99D"}, "0000012345_20240601_OMD_000000000000801_20240601115959000_-_1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NameOf(parsed(t, tt.message, tt.lines...), received)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("name = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNameOf_refusesWhatItCannotTell(t *testing.T) {
	const diet = "ODS|D||1^常食^99D"
	tests := []struct {
		name    string
		message string
		lines   []string
		want    string
		is      error
	}{
		{"no message type", "", []string{pidLine}, "segment 1 (MSH), field 9: no message type", nil},
		{"no trigger", "ADT", []string{pidLine}, "segment 1 (MSH), field 9: message type has no place in a standard storage: unknown data type", ErrUnknownType},
		{"merge", "ADT^A40^ADT_A39", []string{pidLine}, "segment 1 (MSH), field 9: message type has no place in a standard storage: unknown data type", ErrUnknownType},
		{"vital signs", "ORU^R30^ORU_R30", []string{pidLine}, "segment 1 (MSH), field 9: message type has no place in a standard storage: unknown data type", ErrUnknownType},
		{"no PID", "OMD^O03^OMD_O03", []string{orderLine, diet}, "segment 1 (MSH): no PID segment", nil},
		{"no patient id", "OMD^O03^OMD_O03", []string{"PID|1||9^^^^SS", orderLine, diet}, "segment 2 (PID), field 3: no patient id", nil},
		{"two patient ids", "OMD^O03^OMD_O03", []string{"PID|1||1^^^^PI~2^^^^PI", orderLine, diet}, "segment 2 (PID), field 3: more than one patient id", nil},
		{"two patients", "OMD^O03^OMD_O03", []string{pidLine, orderLine, diet, "PID|1||2^^^^PI", orderLine, diet}, "segment 5 (PID): a second PID segment: the message is of more than one patient", nil},
		{"patient id that is a path", "OMD^O03^OMD_O03", []string{"PID|1||../../etc", orderLine, diet}, "segment 1 (MSH): no name for the message: file name has a character that no file name may have", nil},
		{"no care date", "OMD^O03^OMD_O03", []string{pidLine, "ORC|XO|1", diet}, "segment 3 (ORC), field 9: no care date", nil},
		{"a new order that was cancelled since", "OMD^O03^OMD_O03", []string{pidLine, "ORC|NW|1|||CA", diet}, "segment 3 (ORC), field 9: no care date", nil},
		{"a cancelled transfer without its time", "ADT^A12^ADT_A09", []string{"EVN||20240602", pidLine, pv1(nil)}, "segment 2 (EVN), field 6: no care date", nil},
		{"care date of no day", "OMD^O03^OMD_O03", []string{pidLine, "ORC|NW|1|||||||202406", diet}, "segment 3 (ORC), field 9: care date is no day", nil},
		{"no segment of the care date", "ADT^A14^ADT_A05", []string{pidLine, pv1(nil)}, "segment 1 (MSH): no PV2 segment, which has the care date", nil},
		{"no order number", "OMD^O03^OMD_O03", []string{pidLine, "ORC|NW||||||||20240601", diet}, "segment 3 (ORC), field 2: no order number", nil},
		{"two orders", "OMD^O03^OMD_O03", []string{pidLine, orderLine, diet, strings.Replace(orderLine, "801", "802", 1), diet}, "segment 5 (ORC), field 2: orders of more than one number", nil},
		{"drug of no kind", "RDE^O11^RDE_O11", []string{pidLine, orderLine, "RXE||1^甲^99X|1||KO", "RXR|ZZ"}, "segment 4 (RXE): nothing tells whether it is a prescription or an injection", nil},
		{"older drugs of which some were given", "OMP^O09^OMP_O09", []string{pidLine, "ORC|SC|801|||CM||||20240601", "RXO|1^甲^HOT9", "RXR|IV", "ORC|NW|801|||||||20240601", "RXO|2^乙^HOT9", "RXR|IV"}, "segment 6 (ORC), field 5: some orders of the message were performed and others not", nil},
		{"drugs without an order", "RDE^O11^RDE_O11", []string{pidLine, "RXE||1^甲^99X"}, "segment 3 (RXE): no ORC before it", nil},
		{"no drug and no order", "RDE^O11^RDE_O11", []string{pidLine}, "segment 1 (MSH): no ORC segment, which begins an order", nil},
		{"examination of no kind", "OMG^O19^OMG_O19", []string{pidLine, orderLine, "OBR|1|801||X^撮影^99X"}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"no examination", "OMG^O19^OMG_O19", []string{pidLine, orderLine}, "segment 1 (MSH): no OBR segment, which has the examination", nil},
		{"physiology performed as images", "OMI^Z23^OMI_Z23", []string{pidLine, orderLine, "OBR|1|801||9A110^心電図^JC10|||20240601"}, "segment 4 (OBR), field 4: no examination that the message type is for", nil},
		{"results of the facility's own", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||E002^検査^99O03|||20240601", "OBX|1|NM|10222^ＴＰ^99X03||7||||||F"}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"results of the facility's own of both kinds", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||E002^検査^99O03|||20240601", "OBX|1|NM|32769^心拍数^99MFR||67||||||F", "OBX|2|NM|3A010000002327101^総蛋白^JC10||7||||||F"}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"physiology with a specimen", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||E002^検査^99O03|||20240601", "OBX|1|NM|32769^心拍数^99MFR||67||||||F", spmLine}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"vital signs as observations", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||V1^バイタル^99V|||20240601", "OBX|1|NM|9A751000000000001^収縮期血圧^JC10||120||||||F"}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"an order of the facility's own with a specimen", "OMG^O19^OMG_O19", []string{pidLine, orderLine, "OBR|1|801||X^生検^99X", spmLine}, "segment 4 (OBR), field 4: neither code system, section nor modality tells what examination it is", nil},
		{"endoscopy as observations", "ORU^R01^ORU_R01", []string{pidLine, orderLine, "OBR|1|801||11^上部^LENDO|||20240601"}, "segment 4 (OBR), field 4: no examination that the message type is for", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NameOf(parsed(t, tt.message, tt.lines...), received)
			if err == nil {
				t.Fatalf("name = %s, want error %q", got, tt.want)
			}
			if err.Error() != tt.want || !fault.Is(err, fault.Invalid) {
				t.Errorf("error = %q (%s), want %q", err, fault.KindOf(err), tt.want)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is not %v", tt.is)
			}
			if got != (Name{}) {
				t.Errorf("an error came with the name %s", got)
			}
		})
	}
}

func TestNameOf_timeStamp(t *testing.T) {
	for sent, want := range map[string]string{
		"20240601115959":          "20240601115959000",
		"20240601115959.1234":     "20240601115959123",
		"20240601025959+0000":     "20240601115959000",
		"202405312530":            "20240601123000250", // of a minute: when it was received
		"20240531253000":          "20240601013000000", // hour 25 is 1 o'clock of the next day
		"":                        "20240601123000250",
		"yesterday":               "20240601123000250",
		"20240601115959.12345678": "20240601115959123",
	} {
		text := `MSH|^~\&|HIS|T|GW|E|` + sent + "||ADT^A08^ADT_A01|M1|P|2.5\r" + "PID|1||0000012345\r"
		msg, err := hl7v2.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := NameOf(msg, received); err != nil || n.Timestamp != want {
			t.Errorf("sent %q: time stamp %s, %v; want %s", sent, n.Timestamp, err, want)
		}
	}
}

// FuzzNameOf: whatever has a name can be filed under it and read again by it.
func FuzzNameOf(f *testing.F) {
	for _, file := range messages(f) {
		f.Add(file.body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		msg, err := hl7v2.Parse(body)
		if err != nil {
			return
		}
		n, err := NameOf(msg, received)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("kind %q of %v", fault.KindOf(err), err)
			}
			return
		}
		again, err := ParseName(n.String())
		if err != nil || again != n {
			t.Fatalf("%q reads as %+v, %v; want %+v", n.String(), again, err, n)
		}
		if _, err := ReadMessage(n, msg); errors.Is(err, ErrWrongPatient) && strings.Count(msg.Text(), "PID") == 1 {
			t.Fatalf("read under its own name: %v", err)
		}
	})
}
