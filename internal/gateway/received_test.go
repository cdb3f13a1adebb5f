package gateway_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// receiving gives a gateway that takes messages and has no storage of the hospital's.
func receiving(t *testing.T) gateway.Config {
	t.Helper()
	cfg, _ := newGateway(t, storagetest.New(t))
	cfg.Storage.Roots = nil
	l := mllp.DefaultListener()
	l.Listen, l.Security, l.AllowAddresses = "127.0.0.1:0", mllp.PlainInside, []string{"127.0.0.1"}
	cfg.MLLP = []mllp.ListenerConfig{l}
	cfg.Received.MinFreeMB = 1
	if p := cfg.Validate(); len(p) > 0 {
		t.Fatal(p)
	}
	return cfg
}

func sendMessages(t *testing.T, addr string, bodies ...string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	answers := bufio.NewReader(conn)
	for _, b := range bodies {
		if _, err := fmt.Fprintf(conn, "\x0b%s\x1c\r", b); err != nil {
			t.Fatal(err)
		}
		if answer, err := answers.ReadString(0x1c); err != nil || !strings.Contains(answer, "\rMSA|AA|") {
			t.Fatalf("answer %q, %v", answer, err)
		}
	}
}

func patientMessage(id, patient string) string {
	return `MSH|^~\&|EHR|H|GW|M|20261125120000||ADT^A08^ADT_A01|` + id + "|P|2.5||||||~ISO IR87\rEVN||20261125120000\r" +
		"PID|||" + patient + "^^^^PI||SHIKEN^HANAKO^^^^^L^A~\x1b$B%7%1%s\x1b(B^\x1b$B%O%J%3\x1b(B^^^^^L^P||19760101|F\rPV1||O\r"
}

// Two gateways on one folder of received messages would write over each other's journal.
func TestStart_refusesTheReceivedMessagesOfAnother(t *testing.T) {
	cfg := receiving(t)
	g, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Database = filepath.Join(t.TempDir(), "index.db")
	for name, listeners := range map[string][]mllp.ListenerConfig{"with a listener": cfg.MLLP, "without one": nil} {
		other.MLLP = listeners
		_, err := gateway.Start(t.Context(), other)
		if want := fmt.Sprintf("received.folder: another gateway runs on %s (process %d on ", cfg.Received.Folder, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: Start = %v, want %s…", name, err, want)
		}
	}
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
	if g, err = gateway.Start(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if err := g.Stop(); err != nil {
		t.Fatal(err)
	}
}

// What comes over MLLP is in the index like what lies in a storage, stays when the
// gateway is started again, and is told to whoever asks beside it.
func TestReceived(t *testing.T) {
	cfg := receiving(t)
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	st, err := r.Status(t.Context())
	if err != nil || st.Received == nil {
		t.Fatalf("status = %+v, %v", st, err)
	}
	sendMessages(t, st.Received.Listeners[0].Address, patientMessage("1", "0000012345"), patientMessage("2", "0000012346"), patientMessage("3", "000/012345"))
	eventually(t, func() bool {
		st, err = r.Status(t.Context())
		return err == nil && st.Patients == 2 && st.Received.Kept == 1 && st.Received.Backlog == 0
	})
	eventually(t, func() bool {
		beside, err := gateway.ReadReceived(cfg)
		return err == nil && beside != nil && beside.Listeners[0].Accepted == 3 && beside.Kept == 1
	})
	entries, err := gateway.ReadKept(cfg, kept.Accepted, 10)
	if err != nil || len(entries) != 1 || entries[0].ControlID != "3" {
		t.Errorf("kept = %+v, %v", entries, err)
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}

	// Without a listener what was received is read all the same.
	cfg.MLLP = nil
	storage := filepath.Join(cfg.Received.Folder, "storage")
	if _, err := os.Stat(storage); err != nil {
		t.Fatal(err)
	}
	r, err = gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	eventually(t, func() bool {
		st, err = r.Status(t.Context())
		return err == nil && st.Walked && st.Patients == 2
	})
	if st.Received != nil {
		t.Errorf("received = %+v without a listener", st.Received)
	}
}

func eventually(t *testing.T, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about")
		}
	}
}

// Whoever sits at the machine decides what becomes of a message that could not be filed,
// while the gateway runs and while it does not; that is in the history.
func TestDecideKept(t *testing.T) {
	cfg := receiving(t)
	if err := gateway.DecideKept(t.Context(), cfg, []string{"x"}, kept.Decided{Decision: kept.File, By: "taro"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("before anything came: %v", err)
	}
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	st, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sendMessages(t, st.Received.Listeners[0].Address, patientMessage("1", "000/012345"))
	list := func() []kept.Entry {
		list, err := gateway.ReadKept(cfg, kept.Accepted, -1)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	eventually(t, func() bool { return len(list()) == 1 })
	id := list()[0].ID
	if err := gateway.DecideKept(t.Context(), cfg, []string{id, "accepted-other"}, kept.Decided{Decision: kept.Dismiss, By: "taro", Why: "sent again"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("with one that is not there: %v", err)
	}
	if err := gateway.DecideKept(t.Context(), cfg, []string{id}, kept.Decided{Decision: kept.File, By: "taro"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return !list()[0].Tried.IsZero() })
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, why := range []string{strings.Repeat("あ", kept.MaxWhy+1), "sent\nagain", "", " "} {
		if err := gateway.DecideKept(t.Context(), cfg, []string{id}, kept.Decided{Decision: kept.Dismiss, By: "taro", Why: why}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a reason of %d bytes: %v", len(why), err)
		}
	}
	if err := gateway.DecideKept(t.Context(), cfg, []string{id}, kept.Decided{Decision: kept.Dismiss, By: "taro", Why: "sent again"}); err != nil {
		t.Fatal(err)
	}
	if len(list()) != 1 {
		t.Error("off the list before the gateway runs")
	}
	if r, err = gateway.Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return len(list()) == 0 })
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	accounts, closer, err := gateway.OpenAccounts(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	log, err := accounts.Log(t.Context(), 10)
	if err := errors.Join(err, closer()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range log {
		line := fmt.Sprint(e.Address, " ", e.Action, " ", e.Detail.Message == id)
		if e.Detail.Kept != nil && e.Detail.Kept.Why != "" {
			line += " " + e.Detail.Kept.Why
		}
		got = append(got, line)
	}
	if diff := cmp.Diff([]string{"the gateway kept_dismissed true", "taro kept_dismiss true sent again", "the gateway kept_refused true", "taro kept_file true"}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	cfg.MLLP = nil
	if err := gateway.DecideKept(t.Context(), cfg, []string{id}, kept.Decided{Decision: kept.File, By: "taro"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without listeners: %v", err)
	}
}
