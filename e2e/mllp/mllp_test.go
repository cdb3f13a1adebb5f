// Package mllp follows a message from an EHR to a physician's screen: over MLLP to the
// hospital's gateway, into its storage and index, over the link to the center, and out.
package mllp

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// within bounds how long a message may take to the screen.
const within = 15 * time.Second

func TestMessageToScreen(t *testing.T) {
	whole := t // connections outlive a step
	w := listening(t)
	clinic := w.FacilityOfKind("clinic")
	doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
	person := w.PersonLinked(t, clinic.ID, 3)
	var hospital ident.FacilityID
	var patient string
	for _, l := range person.Links {
		if l.Facility != clinic.ID {
			hospital, patient = ident.FacilityID(l.Facility), l.PatientID
		}
	}
	ehr := dial(whole, w, hospital)
	labs := "/patients/" + person.ID + "/labs"
	// shown is the part of the hospital in a page that is opened now, empty if there is none.
	shown := func() string {
		for _, part := range doctor.Get(labs).Parts() {
			if strings.HasSuffix(part, string(hospital)) {
				if a := doctor.Get(part); a.Status == http.StatusOK {
					return a.Body
				}
			}
		}
		return ""
	}
	if before := shown(); before == "" || strings.Contains(before, "水引試験項目") {
		t.Fatalf("before the message the part is %q", before)
	}

	t.Run("a result appears", func(t *testing.T) {
		ehr.send(labResult("M1", patient, "NW", "777.1"), "AA")
		world.Eventually(t, within, func() bool { return strings.Contains(shown(), "777.1") })
	})
	t.Run("its correction takes its place", func(t *testing.T) {
		ehr.send(labResult("M2", patient, "SC", "888.2"), "AA")
		world.Eventually(t, within, func() bool {
			body := shown()
			return strings.Contains(body, "888.2") && !strings.Contains(body, "777.1")
		})
	})
	t.Run("the same message again changes nothing", func(t *testing.T) {
		ehr.send(labResult("M2", patient, "SC", "888.2"), "AA")
		st, err := w.Region.GatewayStatus(t.Context(), hospital)
		if err != nil {
			t.Fatal(err)
		}
		if l := st.Received.Listeners[0]; l.Accepted != 3 || l.Duplicate != 1 {
			t.Errorf("listener = %+v", l)
		}
	})
	t.Run("a message for a gateway that is started again is taken too", func(t *testing.T) {
		if err := w.Region.StopGateway(hospital); err != nil {
			t.Fatal(err)
		}
		if err := w.Region.StartGateway(hospital); err != nil {
			t.Fatal(err)
		}
		ehr = dial(whole, w, hospital)
		ehr.send(labResult("M2", patient, "SC", "888.2"), "AA")
		ehr.send(labResult("M3", patient, "SC", "999.3"), "AA")
		world.Eventually(t, 2*within, func() bool { return strings.Contains(shown(), "999.3") })
		st, err := w.Region.GatewayStatus(t.Context(), hospital)
		if err != nil {
			t.Fatal(err)
		}
		if l := st.Received.Listeners[0]; l.Duplicate != 1 {
			t.Errorf("listener = %+v, want the repeated message known", l)
		}
	})
	t.Run("a cancelled result goes", func(t *testing.T) {
		ehr.send(labResult("M4", patient, "CA", ""), "AA")
		world.Eventually(t, within, func() bool {
			body := shown()
			return body != "" && !strings.Contains(body, "水引試験項目")
		})
	})
	t.Run("of two orders in one message each has its result, and a correction finds its own", func(t *testing.T) {
		of := func(number, message string) string { return strings.ReplaceAll(message, "000000000777777", number) }
		first, second := of("000000000777778", labResult("M6", patient, "SC", "111.4")), of("000000000777779", labResult("M6", patient, "SC", "222.5"))
		ehr.send(first+second[strings.Index(second, "SPM|"):], "AA")
		world.Eventually(t, within, func() bool {
			body := shown()
			return strings.Contains(body, "111.4") && strings.Contains(body, "222.5")
		})
		ehr.send(of("000000000777779", labResult("M7", patient, "SC", "333.6")), "AA")
		world.Eventually(t, within, func() bool {
			body := shown()
			return strings.Contains(body, "111.4") && strings.Contains(body, "333.6") && !strings.Contains(body, "222.5")
		})
	})
	t.Run("a merge stops everything under the number that is gone", func(t *testing.T) {
		ehr.send(`MSH|^~\&|EHR|H|GW|M|20261125120000||ADT^A40^ADT_A39|M8|P|2.5||||||~ISO IR87`+"\rEVN||20261125120000\r"+
			"PID|||0000999999^^^^PI\rMRG|"+patient+"^^^^PI\r", "AA")
		world.Eventually(t, within, func() bool { return shown() == "" })
	})
}

// listening is a region whose hospitals' gateways take messages.
func listening(t *testing.T) *world.World {
	t.Helper()
	dir := t.TempDir()
	first := world.StartIn(t, dir)
	if err := first.Region.Stop(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "gateway", "*", "gateway.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no gateways: %v", err)
	}
	for _, file := range files {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString("\n[[mllp]]\nname = 'ehr'\nlisten = '127.0.0.1:0'\nsecurity = 'plain-on-inner-network'\nallow_addresses = ['127.0.0.1']\n")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return world.StartIn(t, dir)
}

// sender is an EHR's connection.
type sender struct {
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func dial(t *testing.T, w *world.World, hospital ident.FacilityID) *sender {
	t.Helper()
	st, err := w.Region.GatewayStatus(t.Context(), hospital)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", st.Received.Listeners[0].Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &sender{t, conn, bufio.NewReader(conn)}
}

func (s *sender) send(body, want string) {
	s.t.Helper()
	s.SetDeadline(time.Now().Add(within))
	if _, err := fmt.Fprintf(s.Conn, "\x0b%s\x1c\r", body); err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.answers.ReadString(0x1c)
	if err != nil || !strings.Contains(answer, "\rMSA|"+want+"|") {
		s.t.Fatalf("answer %q, %v, want %s", answer, err, want)
	}
}

// labResult is a laboratory result of one test.
func labResult(id, patient, control, value string) string {
	m := hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: "EHR", SendingFacility: "H", ReceivingApplication: "GW", ReceivingFacility: "M",
		Time: "20261120100000", Type: "OUL^R22^OUL_R22", ControlID: id,
	})
	m.Append("PID", "", "", hl7v2.Components(hl7v2.Text(patient), "", "", "", "PI"))
	m.Append("PV1", "", "O")
	m.Append("SPM", "1", "", "", "023^血清^JC10", "", "", "", "", "", "", "", "", "", "", "", "", "20261120083000")
	m.Append("OBR", "1", "000000000777777", "", "E001^生化学検査^99LAB", "", "", "20261120083000")
	m.Append("ORC", hl7v2.Value(control), "000000000777777", "", "", "", "", "", "", "20261120090000")
	if value != "" {
		m.Append("OBX", "1", "NM", "99999^水引試験項目^99LAB", "", hl7v2.Value(value), "U/L^U/L^ISO+", "13-30", "N", "", "", "F")
	}
	body, _ := m.Bytes()
	return string(body)
}
