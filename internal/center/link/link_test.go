package link_test

// Tests of both ends together: the hub here and the gateway's uplink over loopback TLS.

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/center/link"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func wantSilent(t *testing.T, err error) {
	t.Helper()
	key, _, _ := fault.Message(err)
	if !fault.Is(err, fault.Unavailable) || key != link.KeySilent {
		t.Errorf("error = %v, want unavailable with key %s", err, link.KeySilent)
	}
}

func TestCalls(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	claim := wire.Claim{PatientID: "0012", Name: "水引 花子", Kana: "ミズヒキ ハナコ", BirthDate: "1948-02-29", Sex: clinical.Female}
	verification := wire.Verification{Known: true, Differs: []wire.Field{wire.FieldSex}}
	release := wire.ReleaseState{Version: 3}
	var got sync.Map // path → decoded request
	serve := func(path string, in, out any) {
		g.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			if err := json.NewDecoder(r.Body).Decode(in); err != nil {
				t.Errorf("%s: %v", path, err)
			}
			got.Store(path, in)
			answer(w, out)
		})
	}
	serve(wire.PathVerify, new(wire.Claim), verification)
	serve(wire.PathLink, new(wire.Claim), verification)
	serve(wire.PathCandidates, new(wire.Claim), wire.Candidates{PatientIDs: []ident.LocalPatientID{"0012"}, TooMany: true})
	serve(wire.PathUnlink, new(wire.PatientRef), struct{}{})
	serve(wire.PathSync, new(wire.LinkedSet), wire.SyncResult{Dropped: 2})
	serve(wire.PathRelease, new(struct{}), release)
	serve(wire.PathPropose, new(wire.Proposal), release)
	g.run(t)
	w.online(t, g)

	ctx, f := t.Context(), g.facility
	for path, tc := range map[string]struct {
		call     func() (any, error)
		sent     any
		received any
	}{
		wire.PathVerify:     {func() (any, error) { return w.Verify(ctx, f, claim) }, &claim, verification},
		wire.PathLink:       {func() (any, error) { return w.Link(ctx, f, claim) }, &claim, verification},
		wire.PathCandidates: {func() (any, error) { return w.Candidates(ctx, f, claim) }, &claim, wire.Candidates{PatientIDs: []ident.LocalPatientID{"0012"}, TooMany: true}},
		wire.PathUnlink:     {func() (any, error) { return nil, w.Unlink(ctx, f, "0012") }, &wire.PatientRef{PatientID: "0012"}, nil},
		wire.PathSync:       {func() (any, error) { return w.Sync(ctx, f, wire.LinkedSet{}) }, &wire.LinkedSet{}, wire.SyncResult{Dropped: 2}},
		wire.PathRelease:    {func() (any, error) { return w.Release(ctx, f) }, &struct{}{}, release},
		wire.PathPropose:    {func() (any, error) { return w.Propose(ctx, f, wire.Proposal{BaseVersion: 2, By: "m"}) }, &wire.Proposal{BaseVersion: 2, By: "m"}, release},
	} {
		t.Run(path, func(t *testing.T) {
			received, err := tc.call()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.received, received, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			sent, _ := got.Load(path)
			if diff := cmp.Diff(tc.sent, sent, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	if w.ledger.seen[g.id] == 0 {
		t.Error("that the gateway was seen has not been noted")
	}
}

func TestErrors_comeThroughWithKindAndKey(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	say := func(path string, status int, body any) {
		g.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			json.NewEncoder(w).Encode(body)
		})
	}
	say(wire.PathVerify, 422, wire.Error{Kind: fault.Invalid, Key: "link.unknown_id", Ref: "r7"})
	say(wire.PathLink, 500, wire.Error{Kind: fault.NotFound, Key: "smuggled"})
	say(wire.PathCandidates, 403, "not an error of ours")
	say(wire.PathRelease, 200, "not a release state")
	g.run(t)
	w.online(t, g)
	_, verify := w.Verify(t.Context(), g.facility, wire.Claim{})
	_, linked := w.Link(t.Context(), g.facility, wire.Claim{})
	_, candidates := w.Candidates(t.Context(), g.facility, wire.Claim{})
	_, release := w.Release(t.Context(), g.facility)
	for name, tc := range map[string]struct {
		err  error
		kind fault.Kind
		key  fault.Key
	}{
		"an error of ours":           {verify, fault.Invalid, "link.unknown_id"},
		"kind against its status":    {linked, fault.Internal, ""},
		"a body of another program":  {candidates, fault.Denied, ""},
		"an answer of another shape": {release, fault.Internal, ""},
	} {
		t.Run(name, func(t *testing.T) {
			key, _, _ := fault.Message(tc.err)
			if got := fault.KindOf(tc.err); got != tc.kind || key != tc.key {
				t.Errorf("kind, key = %q, %q (%v), want %q, %q", got, key, tc.err, tc.kind, tc.key)
			}
		})
	}
}

// lines serves n lines made by line, flushing each.
func lines[T any](n int, line func(i int) T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := range n {
			json.NewEncoder(w).Encode(line(i))
			http.NewResponseController(w).Flush()
		}
	}
}

func TestRefresh_streams(t *testing.T) {
	for name, tc := range map[string]struct {
		lines  []wire.Progress
		silent bool
		kind   fault.Kind
		got    int
	}{
		"to its end":      {[]wire.Progress{{Read: 1, Total: 2}, {Read: 2, Total: 2}, {Done: true, Seq: 9}}, false, "", 3},
		"and is cut":      {[]wire.Progress{{Read: 1, Total: 2}}, true, fault.Unavailable, 1},
		"and fails there": {[]wire.Progress{{Read: 1}, {Error: &wire.Error{Kind: fault.NotFound, Key: "x"}}}, false, fault.NotFound, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			g := w.enrol(t)
			g.mux.HandleFunc("POST "+wire.PathRefresh, lines(len(tc.lines), func(i int) wire.Progress { return tc.lines[i] }))
			g.run(t)
			w.online(t, g)
			var got []wire.Progress
			err := w.Refresh(t.Context(), g.facility, "0012", func(p wire.Progress) error {
				got = append(got, p)
				return nil
			})
			if fault.KindOf(err) != tc.kind {
				t.Fatalf("Refresh = %v, want kind %q", err, tc.kind)
			}
			if tc.silent {
				wantSilent(t, err)
			}
			if diff := cmp.Diff(tc.lines[:tc.got], got); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

// A reader that is slow holds the gateway back instead of filling the center's memory.
func TestChanges_heldBackByTheReader(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	var written atomic.Int64
	pad := strings.Repeat("0", 1000)
	g.mux.HandleFunc("POST "+wire.PathChanges, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if json.NewEncoder(w).Encode(wire.Change{Op: wire.OpBeat, Epoch: pad}) != nil {
				return
			}
			written.Add(1)
		}
	})
	g.run(t)
	w.online(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	reading := make(chan struct{})
	result := make(chan error, 1)
	go func() {
		var once sync.Once
		result <- w.Changes(ctx, g.facility, wire.ChangesRequest{}, func(wire.Change) error {
			once.Do(func() { close(reading) })
			<-ctx.Done()
			return ctx.Err()
		})
	}()
	<-reading
	var before int64 = -1
	within(t, 10*time.Second, "the gateway stops writing", func() bool {
		now := written.Load()
		same := now == before
		before = now
		time.Sleep(50 * time.Millisecond)
		return same
	})
	if got := written.Load(); got > 20_000 {
		t.Errorf("%d lines of 1 KB were taken from the gateway and not read", got)
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("Changes = %v, want canceled", err)
	}
}

func TestCancellation_reachesTheGateway(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	entered, ended := make(chan struct{}), make(chan struct{})
	g.mux.HandleFunc("POST "+wire.PathVerify, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(entered)
		<-r.Context().Done()
		close(ended)
	})
	g.run(t)
	w.online(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := w.Verify(ctx, g.facility, wire.Claim{})
		result <- err
	}()
	<-entered
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable) {
		t.Errorf("Verify = %v, want canceled, which is not the gateway's silence", err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the gateway works on for a caller who has gone")
	}
	if !w.Online(g.facility) {
		t.Error("one caller's leaving took the link down")
	}
}

func TestDeadline_isSilence(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	g.mux.HandleFunc("POST "+wire.PathVerify, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	g.run(t)
	w.online(t, g)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.Verify(ctx, g.facility, wire.Claim{})
	wantSilent(t, err)
}

func TestContent_assertionIsBoundToLinkAndRequest(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	verifier := wire.NewVerifier(w.assertion, g.id, g.facility)
	asked := wire.ContentRequest{Items: []ident.ItemID{"i1", "i2"}}
	var got wire.Assertion
	g.mux.HandleFunc("POST "+wire.PathContent, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		cert, _ := r.Context().Value(centerCert{}).(string)
		var err error
		if got, err = verifier.Verify(r.Header.Get(wire.AssertionHeader), cert, r.URL.Path, body, time.Now()); err != nil {
			t.Errorf("the gateway refuses the assertion: %v", err)
		}
		lines(2, func(i int) wire.Content {
			return []wire.Content{{Refused: "i1"}, {Done: true}}[i]
		})(w, r)
	})
	g.run(t)
	w.online(t, g)
	var lines []wire.Content
	err := w.Content(t.Context(), g.facility, wire.Assertion{Owner: g.facility, Decision: "d", PatientID: "0012"}, asked, func(c wire.Content) error {
		lines = append(lines, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wire.Content{{Refused: "i1"}, {Done: true}}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if got.Decision != "d" || got.Gateway != g.id {
		t.Errorf("assertion = %+v", got)
	}
}

// A gateway that cannot tell what goes on in a period is asked for a year more.
func TestContent_sinceOfOlderGateways(t *testing.T) {
	for version, want := range map[int]string{wire.VersionPeriod - 1: "20250828", wire.VersionPeriod: "20260828"} {
		w := newWorld(t, nil)
		g := w.enrol(t)
		g.hello = func(h wire.Hello) wire.Hello { h.MaxVersion = version; return h }
		var got wire.ContentRequest
		g.mux.HandleFunc("POST "+wire.PathContent, func(w http.ResponseWriter, r *http.Request) {
			json.NewDecoder(r.Body).Decode(&got)
			answer(w, wire.Content{Done: true})
		})
		g.run(t)
		w.online(t, g)
		err := w.Content(t.Context(), g.facility, wire.Assertion{Owner: g.facility}, wire.ContentRequest{Since: "20260828"}, func(wire.Content) error { return nil })
		if err != nil || got.Since != want {
			t.Errorf("version %d was asked since %q, %v, want %q", version, got.Since, err, want)
		}
	}
}

func TestTwoGateways_areNotMixedUp(t *testing.T) {
	w := newWorld(t, nil)
	var gateways []*gateway
	for i := range 2 {
		g := w.enrol(t)
		g.mux.HandleFunc("POST "+wire.PathRelease, func(w http.ResponseWriter, r *http.Request) {
			answer(w, wire.ReleaseState{Version: int64(i + 1)})
		})
		g.run(t)
		gateways = append(gateways, g)
	}
	for i, g := range gateways {
		w.online(t, g)
		got, err := w.Release(t.Context(), g.facility)
		if err != nil || got.Version != int64(i+1) {
			t.Errorf("Release = %+v, %v, want version %d", got, err, i+1)
		}
	}
	gateways[0].stop()
	w.offline(t, gateways[0])
	if _, err := w.Release(t.Context(), gateways[1].facility); err != nil {
		t.Errorf("one gateway's end touched the other: %v", err)
	}
}

func TestNotConnected_isSilentAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	begin := time.Now()
	_, err := w.Verify(t.Context(), ident.New[ident.FacilityID](), wire.Claim{})
	wantSilent(t, err)
	if took := time.Since(begin); took > 5*time.Second { // a call that waits for an answer waits 30
		t.Errorf("it took %v", took)
	}
}

func TestGatewayKilled_runningCallsEndAndSilence(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	entered := make(chan struct{})
	g.mux.HandleFunc("POST "+wire.PathVerify, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	g.run(t)
	w.online(t, g)
	result := make(chan error, 1)
	go func() {
		_, err := w.Verify(t.Context(), g.facility, wire.Claim{})
		result <- err
	}()
	<-entered
	g.stop()
	select {
	case err := <-result:
		wantSilent(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("a running call waits for a gateway that has gone")
	}
	w.offline(t, g)
	if up := <-g.states; !up {
		t.Error("the gateway was not told that it is connected")
	}
	if up := <-g.states; up {
		t.Error("the gateway was not told that it is no longer connected")
	}
}

// A line that goes dead without a word is noticed by pings.
func TestHalfOpen_isNoticed(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	wall := newWall(t, g.addr)
	g.addr = wall.addr
	g.run(t)
	w.online(t, g)
	wall.dead.Store(true)
	w.offline(t, g)
	wall.dead.Store(false)
	w.online(t, g) // and the gateway has noticed as well
}

func TestReconnect_afterTheCenterRestarts(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	relay := newWall(t, g.addr)
	g.addr = relay.addr
	g.run(t)
	w.online(t, g)
	w.stop()
	again := newWorldOf(t, w.ca, w.ledger, nil)
	relay.to.Store(again.Addr().String())
	again.online(t, g)
}

// Whatever answers at the center's address must be of the root that the gateway pins.
func TestReq_TLS04_gatewayRefusesAnotherCenter(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	impostor := newWorldOf(t, newCA(t), w.ledger, nil)
	g.addr = impostor.Addr().String()
	g.run(t)
	time.Sleep(500 * time.Millisecond)
	if impostor.Online(g.facility) {
		t.Error("a gateway linked to a center of another root")
	}
}

func TestReconnect_newestWins(t *testing.T) {
	var mu sync.Mutex
	now, most, total := 0, 0, 0
	w := newWorld(t, func(ctx context.Context, _ ident.FacilityID) {
		mu.Lock()
		now++
		total++
		most = max(most, now)
		mu.Unlock()
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond) // somebody who is slow to leave
		mu.Lock()
		now--
		mu.Unlock()
	})
	g := w.enrol(t)
	g.run(t)
	w.online(t, g)
	twin := *g // the same gateway, dialling anew while the old connection still stands
	twin.states = make(chan bool, 16)
	twin.run(t)
	within(t, 5*time.Second, "the second connection takes over", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return total >= 2
	})
	twin.stop()
	g.stop()
	w.stop()
	if most != 1 {
		t.Errorf("OnConnect ran %d times at once for one facility", most)
	}
	if now != 0 {
		t.Errorf("%d OnConnect still run after the hub has stopped", now)
	}
}

func TestRevoked_droppedAndNotLetInAgain(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	g.run(t)
	w.online(t, g)
	w.ledger.revoke(g)
	w.offline(t, g)
	time.Sleep(500 * time.Millisecond) // it dials again and again
	if w.Online(g.facility) {
		t.Error("a revoked gateway came in again")
	}
}

func TestRefusedAtConnect(t *testing.T) {
	other := ident.New[ident.GatewayID]()
	for name, change := range map[string]func(*world, *gateway){
		"unknown to the directory": func(w *world, g *gateway) { w.ledger.gateways = nil },
		"another gateway's hello": func(_ *world, g *gateway) {
			g.hello = func(h wire.Hello) wire.Hello { h.Gateway = other; return h }
		},
		"another facility's hello": func(_ *world, g *gateway) {
			g.hello = func(h wire.Hello) wire.Hello { h.Facility = "f"; return h }
		},
		"an unknown lane": func(_ *world, g *gateway) {
			g.hello = func(h wire.Hello) wire.Hello { h.Lane = "fast"; return h }
		},
		"a newer wire only": func(_ *world, g *gateway) {
			g.hello = func(h wire.Hello) wire.Hello { h.MinVersion, h.MaxVersion = wire.Version+1, wire.Version+2; return h }
		},
		"an older wire only": func(_ *world, g *gateway) {
			g.hello = func(h wire.Hello) wire.Hello { h.MinVersion, h.MaxVersion = 0, 0; return h }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			g := w.enrol(t)
			change(w, g)
			g.run(t)
			time.Sleep(300 * time.Millisecond)
			if w.Online(g.facility) {
				t.Error("the gateway was let in")
			}
		})
	}
}

func TestStrangers_doNotStopTheHub(t *testing.T) {
	w := newWorld(t, nil)
	for range 3 {
		conn, err := net.Dial("tcp", w.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
	}
	if conn, err := tls.Dial("tcp", w.Addr().String(), &tls.Config{RootCAs: tlsid.Pool(w.ca.Root), NextProtos: []string{"h2"}}); err == nil {
		conn.Close() // in TLS 1.3 the refusal of a missing certificate comes after the handshake
	}
	g := w.enrol(t)
	g.run(t)
	w.online(t, g)
}

// wall is a relay between gateway and center that can go dead: bytes stop, and no end
// is told.
type wall struct {
	addr string
	dead atomic.Bool
	to   atomic.Value
}

func newWall(t *testing.T, to string) *wall {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wall{addr: l.Addr().String()}
	w.to.Store(to)
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", w.to.Load().(string))
			if err != nil {
				a.Close()
				continue
			}
			context.AfterFunc(ctx, func() { a.Close(); b.Close() })
			running.Go(func() { w.relay(a, b) })
			running.Go(func() { w.relay(b, a) })
		}
	})
	return w
}

// relay keeps what was connected before the line went dead dead for good.
func (w *wall) relay(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	var swallowed bool
	for {
		n, err := from.Read(buf)
		if err != nil {
			if !swallowed {
				to.Close()
			}
			return
		}
		if w.dead.Load() {
			swallowed = true
		}
		if !swallowed {
			to.Write(buf[:n])
		}
	}
}

func TestFile_streamsUnderAnAssertion(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	verifier := wire.NewVerifier(w.assertion, g.id, g.facility)
	asked := wire.FileRequest{Item: "i1", File: 2}
	first, ended := make(chan struct{}), make(chan struct{})
	g.mux.HandleFunc("POST "+wire.PathFile, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		cert, _ := r.Context().Value(centerCert{}).(string)
		if _, err := verifier.Verify(r.Header.Get(wire.AssertionHeader), cert, r.URL.Path, body, time.Now()); err != nil {
			t.Errorf("the gateway refuses the assertion: %v", err)
		}
		var got wire.FileRequest
		if err := json.Unmarshal(body, &got); err != nil || got != asked {
			t.Errorf("request %s, %v, want %+v", body, err, asked)
		}
		w.Header().Set("Content-Type", "application/pdf")
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "紹介状 1.pdf"}))
		io.WriteString(w, "%PDF-")
		http.NewResponseController(w).Flush()
		close(first)
		<-r.Context().Done()
		close(ended)
	})
	g.run(t)
	w.online(t, g)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	file, content, err := w.File(ctx, g.facility, wire.Assertion{Owner: g.facility, Decision: "d", PatientID: "0012"}, asked)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if diff := cmp.Diff(clinical.File{Name: "紹介状 1.pdf", MediaType: "application/pdf", Size: 1000}, file); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	<-first // what has been sent is there before the rest
	head := make([]byte, 5)
	if _, err := io.ReadFull(content, head); err != nil || string(head) != "%PDF-" {
		t.Fatalf("read %q, %v", head, err)
	}
	cancel()
	if _, err := content.Read(head); !errors.Is(err, context.Canceled) || fault.Is(err, fault.Unavailable) {
		t.Errorf("Read = %v, want canceled, which is not the gateway's silence", err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the gateway sends on to a caller who has gone")
	}
}

func TestFile_refusedOrCut(t *testing.T) {
	w := newWorld(t, nil)
	g := w.enrol(t)
	g.mux.HandleFunc("POST "+wire.PathFile, func(w http.ResponseWriter, r *http.Request) {
		var req wire.FileRequest
		json.NewDecoder(r.Body).Decode(&req)
		if req.File == 0 {
			w.WriteHeader(http.StatusNotFound)
			answer(w, wire.Error{Kind: fault.NotFound})
			return
		}
		w.Header().Set("Content-Type", "not a / type;;")
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "half ")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	g.run(t)
	w.online(t, g)
	if _, _, err := w.File(t.Context(), g.facility, wire.Assertion{}, wire.FileRequest{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("File = %v, want not found", err)
	}
	file, content, err := w.File(t.Context(), g.facility, wire.Assertion{}, wire.FileRequest{File: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if diff := cmp.Diff(clinical.File{MediaType: "application/octet-stream", Size: 10}, file); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	_, err = io.ReadAll(content)
	wantSilent(t, err)
	if _, _, err := w.File(t.Context(), ident.New[ident.FacilityID](), wire.Assertion{}, wire.FileRequest{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("File of a gateway that is not connected = %v, want unavailable", err)
	}
}
