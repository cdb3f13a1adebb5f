package mllp

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// childDir makes the test binary a receiver on that folder.
const childDir = "MIZUHIKI_TEST_MLLP_CHILD"

// child receives and files until it is killed.
func child(dir string) {
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	k, err := kept.Open(filepath.Join(dir, "kept"))
	check(err)
	r, err := Open(context.Background(), Config{
		Listeners: []ListenerConfig{plainListener()}, Dir: dir, Kept: k, Clock: time.Now, Log: log,
		Journal: func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), SegmentBytes: 20_000, Log: log}, found)
		},
	})
	check(err)
	f, err := filing.Open(filing.Config{
		Dir: dir, Journal: r.Journal(), Kept: k, Filed: r.Filed, Clock: time.Now, Log: log, Soon: func(ident.LocalPatientID) {},
		Merge: func(context.Context, time.Time, ident.LocalPatientID, ident.LocalPatientID) error { return nil },
	})
	check(err)
	fmt.Println(r.listeners[0].server.Addr())
	go func() { check(f.Run(context.Background())) }()
	check(r.Run(context.Background()))
}

// spawn starts a receiver in a process of its own.
func spawn(t *testing.T, dir string) (addr string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the receiver did not start: %v", err)
	}
	return strings.TrimSpace(line), kill
}

// Killed at any moment, a receiver has filed everything that it acknowledged, once, when
// senders repeat what they got no answer to.
func TestReq_REL01_killed(t *testing.T) {
	const senders, each = 4, 150
	dir := killedOften(t, senders, each, numbered)
	found, current := map[string]int{}, 0
	err := filepath.WalkDir(filing.StorageDir(dir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		id := strings.Split(string(body), "|")[9]
		found[id]++
		if strings.HasSuffix(name, "_1") {
			current++
			if !strings.HasSuffix(id, fmt.Sprint("I", each-1)) {
				t.Errorf("current is %s, want the last that was sent", id)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for s := range senders {
		for i := range each {
			if n := found[fmt.Sprintf("S%dI%d", s, i)]; n != 1 {
				t.Errorf("message %d of sender %d was filed %d times", i, s, n)
			}
		}
	}
	if current != senders {
		t.Errorf("%d current files, want one of each patient", current)
	}
}

// killedOften has senders send each so many messages to a receiver that is killed again and
// again, until it has all of them filed. It gives the receiver's folder.
func killedOften(t *testing.T, senders, each int, message func(sender, i int) string) string {
	t.Helper()
	dir := t.TempDir()
	var mu sync.Mutex
	next := make([]int, senders) // of each, the first message without an answer
	run := func(addr string, until time.Time) {
		var wg sync.WaitGroup
		for s := range senders {
			wg.Go(func() {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					return
				}
				defer conn.Close()
				conn.SetDeadline(until.Add(time.Minute))
				answers := bufio.NewReader(conn)
				mu.Lock()
				from := next[s]
				mu.Unlock()
				go func() { // all in flight at once
					for i := from; i < each; i++ {
						if _, err := conn.Write([]byte(frame(message(s, i)))); err != nil {
							return
						}
						time.Sleep(time.Millisecond)
					}
				}()
				for i := from; i < each; i++ {
					answer, err := answers.ReadString(0x1c)
					if err != nil {
						return
					}
					if !strings.Contains(answer, fmt.Sprintf("MSA|AA|S%dI%d\r", s, i)) {
						t.Errorf("answer %q to message %d of sender %d", answer, i, s)
					}
					mu.Lock()
					next[s] = i + 1
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
	for range 6 {
		addr, kill := spawn(t, dir)
		timer := time.AfterFunc(time.Duration(20+rand.IntN(120))*time.Millisecond, kill)
		run(addr, time.Now())
		timer.Stop()
		kill()
	}
	addr, kill := spawn(t, dir)
	run(addr, time.Now())
	eventually(t, func() bool {
		left, err := filepath.Glob(filepath.Join(dir, "journal", "*.segment"))
		return err == nil && len(left) == 0
	})
	kill()
	return dir
}

// Vital signs of an hour are put together of what came before and after each kill: nothing is
// lost, nothing is there twice, and nothing is left over.
func TestReq_REL01_killedWithVitals(t *testing.T) {
	const senders, each = 4, 100
	dir := killedOften(t, senders, each, func(sender, i int) string {
		at := time.Date(2026, 11, 25, 9, 0, 36*i, 0, time.UTC).Format("20060102150405")
		return fmt.Sprintf("MSH|^~\\&|WARD%d|H|GW|M|%s||ORU^R30^ORU_R30|S%dI%d|P|2.5\rPID|||00000100%02d^^^^PI||SHIKEN^HANAKO||19760101|F\r"+
			"ORC|SC|V1\rOBR|1|V1||V^V^99V|||%s\rOBX|1|NM|P^pulse^99V||%d||||||F|||%s\r", sender, at, sender, i, sender, at, i, at)
	})
	values, contents := map[string]int{}, map[string]int{}
	err := filepath.WalkDir(filing.ExtendedDir(dir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content := filepath.Base(filepath.Dir(name))
		contents[content[len(content)-1:]]++
		body, err := os.ReadFile(name)
		for line := range strings.SplitSeq(string(body), "\r") {
			if f := strings.Split(line, "|"); f[0] == "OBX" {
				values[content[:10]+" "+f[5]]++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for s := range senders {
		for i := range each {
			if n := values[fmt.Sprintf("00000100%02d %d", s, i)]; n != 1 {
				t.Errorf("value %d of patient %d stands %d times", i, s, n)
			}
		}
	}
	if contents["1"] != senders || contents["2"] > senders || contents["0"] > 0 { // one kill may come before the last removal
		t.Errorf("contents by flag %v, want one of each patient", contents)
	}
}

// numbered is message i of a sender, each of which has a patient.
func numbered(sender, i int) string {
	body := strings.Replace(message(fmt.Sprintf("S%dI%d", sender, i)), "|EHR|", fmt.Sprintf("|EHR%d|", sender), 1)
	return strings.Replace(body, "0000012345", fmt.Sprintf("00000100%02d", sender), 1)
}
