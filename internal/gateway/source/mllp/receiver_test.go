package mllp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/incident"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

func TestReceive_isDurableWhenAcknowledged(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Fatalf("acknowledgement %q", got)
	}
	if diff := cmp.Diff([]string{message("1")}, s.bodies(t)); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
}

// The same message again is acknowledged and not stored again, also after a start; the
// same id with another body is stored and counted, and that is known from then on as well.
func TestReq_REL02_duplicates(t *testing.T) {
	dir := t.TempDir()
	one := message("1")
	other := swap(t, one, "PV1||O", "PV1||I")
	elsewhere := swap(t, one, "|EHR|", "|LIS|")
	s := start(t, dir, nil)
	c := s.dial(t)
	for _, body := range []string{one, one, other, other, elsewhere, one} {
		if got := c.send(body); got != "MSA|AA|1" {
			t.Fatalf("acknowledgement %q", got)
		}
	}
	st := s.State().Listeners[0]
	if st.Accepted != 6 || st.Duplicate != 3 || st.Flagged != 1 {
		t.Errorf("state = %+v", st)
	}
	want := []string{one, other, elsewhere}
	if diff := cmp.Diff(want, s.bodies(t)); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}

	s = start(t, dir, nil)
	s.dial(t).send(one)
	records, err := s.Journal().Next(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 3 {
		t.Errorf("%d records after a start, want the three that there were", len(records))
	}
	if !records[1].Changed || records[0].Changed || records[2].Changed {
		t.Error("flagged are not those whose id had another body")
	}
	if err := s.Filed(records); err != nil {
		t.Fatal(err)
	}
	if err := s.Journal().Finish(records); err != nil {
		t.Fatal(err)
	}
	if err := s.Journal().Rest(); err != nil {
		t.Fatal(err)
	}
	if got := s.bodies(t); len(got) != 0 {
		t.Errorf("%d messages left", len(got))
	}
	s = start(t, dir, nil)
	s.dial(t).send(one)
	if got := s.State().Listeners[0]; got.Duplicate != 1 || s.State().Backlog != 0 {
		t.Errorf("a message that had been filed was taken anew after a start: %+v", got)
	}
}

// Duplicates that come while the first is under way wait for it.
func TestReceive_duplicatesAtTheSameTime(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c := s.dial(t)
			for _, id := range ids(20) {
				if got := c.send(message(id)); got != "MSA|AA|"+id {
					t.Errorf("acknowledgement %q", got)
				}
			}
		})
	}
	wg.Wait()
	if got := s.bodies(t); len(got) != 20 {
		t.Errorf("%d messages, want 20", len(got))
	}
}

func TestReceive_answersInOrder(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	const n = 1000
	go func() {
		for i, id := range ids(n) {
			body := message(id)
			if i%10 == 3 {
				body = strings.Replace(body, "|2.5|", "|2.2|", 1)
			}
			c.raw(frame(body))
		}
	}()
	for i, id := range ids(n) {
		want := "MSA|AA|" + id
		if i%10 == 3 {
			want = "MSA|AR|" + id + "|HL7 version 2.5 is supported"
		}
		if got := c.ack()[1]; got != want {
			t.Fatalf("answer %d is %q, want %q", i, got, want)
		}
	}
}

func TestReq_REL06_keepsWhatItRefuses(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	bad := swap(t, message("9"), "ADT^A08", "SIU^S12")
	for range 3 { // a sender that does not give up
		c.send(bad)
	}
	c.send("GET / HTTP/1.1")
	list, err := s.cfg.Kept.List(kept.Refused, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || s.State().Refused != 2 || s.State().Listeners[0].Rejected != 4 {
		t.Fatalf("kept %+v", list)
	}
	for _, e := range list {
		body, err := os.ReadFile(e.File)
		if err != nil {
			t.Fatal(err)
		}
		switch e.Reason {
		case kept.ReasonUnsupported:
			if string(body) != bad || e.ControlID != "9" || e.Code != "200" || e.Listener != "ehr" {
				t.Errorf("kept %+v: %q", e, body)
			}
		case kept.ReasonNotHL7:
		default:
			t.Errorf("kept %+v", e)
		}
	}
}

// Nothing is taken that there is no room for, and the sender may try again.
func TestReceive_whenTheDiskIsAlmostFull(t *testing.T) {
	var free atomic.Int64
	free.Store(10)
	s := start(t, t.TempDir(), func(c *Config) {
		c.MinFree = 1000
		c.free = func(string) (int64, error) { return free.Load(), nil }
	})
	c := s.dial(t)
	if got := c.send(message("1")); !strings.HasPrefix(got, "MSA|AR|1|out of storage") {
		t.Errorf("acknowledgement %q", got)
	}
	if got := c.send(swap(t, message("1"), "2.5||||||", "2.5|||AL|NE||")); !strings.HasPrefix(got, "MSA|CE|1|") {
		t.Errorf("acknowledgement %q", got)
	}
	if st := s.State(); !st.DiskLow || st.DiskFree != 10 || st.Backlog != 0 {
		t.Errorf("state = %+v", st)
	}
	free.Store(5000)
	s.look()
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Errorf("acknowledgement %q", got)
	}
}

// A disk that refuses is answered, the id is not taken for used, and the next try counts.
func TestReceive_whenTheJournalCannotWrite(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	at := filepath.Join(s.dir, "journal")
	if err := os.RemoveAll(at); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := c.send(message("1")); !strings.HasPrefix(got, "MSA|AR|1|cannot be stored now") {
			t.Errorf("acknowledgement %q", got)
		}
	}
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Errorf("acknowledgement %q", got)
	}
	if st := s.State().Listeners[0]; st.Rejected != 2 || st.Accepted != 1 || st.Duplicate != 0 {
		t.Errorf("state = %+v", st)
	}
	if got := s.bodies(t); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
}

// While the backlog is at its bound senders wait, and lose nothing.
func TestReceive_backPressure(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, func(c *Config) {
		c.Journal = func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), MaxBacklog: 2000, Log: c.Log}, found)
		}
	})
	const n = 50
	var answered atomic.Int64
	sent := make(chan struct{})
	c := s.dial(t)
	go func() {
		defer close(sent)
		for _, id := range ids(n) {
			if got := c.send(message(id)); got != "MSA|AA|"+id {
				t.Errorf("acknowledgement %q", got)
			}
			answered.Add(1)
		}
	}()
	eventually(t, func() bool { return s.State().BacklogBytes >= 2000 })
	before := answered.Load()
	if before >= n {
		t.Fatal("nobody was kept waiting")
	}
	var got int
	for got < n {
		records, err := s.Journal().Next(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		got += len(records)
		if err := s.Journal().Finish(records); err != nil {
			t.Fatal(err)
		}
	}
	<-sent
}

func TestReceive_thousandConnections(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].MaxConnections = 1000 })
	const n = 1000
	conns := make([]*sender, n)
	for i := range conns {
		conns[i] = s.dial(t)
	}
	var wg sync.WaitGroup
	for i, id := range ids(n) {
		wg.Go(func() {
			if got := conns[i].send(message(id)); got != "MSA|AA|"+id {
				t.Errorf("acknowledgement %q", got)
			}
		})
	}
	wg.Wait()
	if st := s.State().Listeners[0]; st.Connections != n || st.Accepted != n {
		t.Errorf("state = %+v", st)
	}
	if !s.dial(t).closed() {
		t.Error("one connection too many was not closed")
	}
	if st := s.State().Listeners[0]; st.Incidents[incident.Full].Total != 1 {
		t.Errorf("state = %+v", st)
	}
	if got := s.bodies(t); len(got) != n {
		t.Errorf("%d messages", len(got))
	}
}

// Senders that drip are cut off, and others are served meanwhile.
func TestReceive_slowSenders(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].MessageSeconds = 1 })
	slow := make([]*sender, 20)
	for i := range slow {
		slow[i] = s.dial(t)
		slow[i].raw("\x0bMSH|")
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				for _, c := range slow {
					c.Conn.Write([]byte("x"))
				}
			}
		}
	}()
	if got := s.dial(t).send(message("1")); got != "MSA|AA|1" {
		t.Errorf("acknowledgement %q", got)
	}
	eventually(t, func() bool { return s.State().Listeners[0].Incidents[incident.Cut].Total == 20 })
	close(stop)
}

func TestReceive_idleConnectionsAreClosed(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].IdleSeconds = 1 })
	c := s.dial(t)
	c.send(message("1"))
	if !c.closed() {
		t.Error("still open")
	}
}

// Whoever does not take answers does not stop the receiver from ending.
func TestReceive_answersThatNobodyTakes(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			if _, err := io.WriteString(c.Conn, frame(message(fmt.Sprint(i)))); err != nil {
				return
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	c.Close()
	<-done
}

// Two gigabytes in one message cost no memory; what comes behind them is received.
func TestReq_FILE04_twoGigabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("2 GB over loopback")
	}
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].MaxMessageMB = 1 })
	c := s.dial(t)
	c.SetDeadline(time.Now().Add(time.Minute))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.raw("\x0b" + message("big"))
	piece := []byte(strings.Repeat("OBX|1|ST|x||y\r", 80_000))
	for sent := 0; sent < 2<<30; sent += len(piece) {
		if _, err := c.Conn.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	c.raw("\x1c\r")
	if got := c.ack()[1]; !strings.HasPrefix(got, "MSA|AE|big|message is larger") {
		t.Errorf("acknowledgement %q", got)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 16<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
	if list, err := s.cfg.Kept.List(kept.Refused, -1); err != nil || len(list) != 1 || list[0].ControlID != "big" || list[0].Bytes > headBytes {
		t.Errorf("listed: %+v, %v", list, err)
	}
	if got := c.send(message("1")); got != "MSA|AA|1" {
		t.Errorf("acknowledgement %q", got)
	}
}

// More large messages than there are slots for take turns.
func TestReceive_largeMessages(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	var wg sync.WaitGroup
	for i := range 3 * largeSlots {
		wg.Go(func() {
			id := fmt.Sprint("L", i)
			body := message(id) + "NTE|1||" + strings.Repeat("x", 1<<20) + "\r"
			if got := s.dial(t).send(body); got != "MSA|AA|"+id {
				t.Errorf("acknowledgement %q", got)
			}
		})
	}
	wg.Wait()
	if n := len(s.large); n != 0 {
		eventually(t, func() bool { return len(s.large) == 0 })
	}
}

func TestReceive_messageCutInTheMiddle(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.dial(t)
	c.send(message("1"))
	body := frame(message("2"))
	c.raw(body[:len(body)/2])
	c.Close()
	eventually(t, func() bool { return s.State().Listeners[0].Incidents[incident.Cut].Total == 1 })
	if got := s.bodies(t); len(got) != 1 {
		t.Errorf("%d messages, want the whole one", len(got))
	}
}

func TestReceive_addressNotAllowed(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Listeners[0].AllowAddresses = []string{"10.0.0.0/8"} })
	if !s.dial(t).closed() {
		t.Error("served from an address that is not on the list")
	}
	eventually(t, func() bool { return s.State().Listeners[0].Incidents[incident.Address].Total == 1 })
}

// party is a certificate with its key, and files that hold them.
type party struct {
	cert      tls.Certificate
	leaf      *x509.Certificate
	file, key string
}

// authority makes a CA and certificates of it: a server's and devices'.
func authority(t *testing.T, dir, name string) (ca string, server, client, second party) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := tlsid.NewRoot(name, time.Now())
	check(err)
	issuingKey, err := tlsid.NewKey()
	check(err)
	issuing, err := root.Certify(name+" issuing", issuingKey, time.Now())
	check(err)
	a, err := tlsid.NewAuthority(root.Cert, issuing, issuingKey, time.Now)
	check(err)
	ca = filepath.Join(dir, name+"-ca.crt")
	check(os.WriteFile(ca, tlsid.EncodeCerts(root.Cert), 0o600))
	make := func(file string, issue func(*x509.CertificateRequest) (*x509.Certificate, error)) party {
		key, err := tlsid.NewKey()
		check(err)
		csr, err := tlsid.NewCSR(key)
		check(err)
		parsed, err := x509.ParseCertificateRequest(csr)
		check(err)
		leaf, err := issue(parsed)
		check(err)
		p := party{cert: tlsid.Chain(key, leaf, issuing), leaf: leaf, file: filepath.Join(dir, name+file+".crt"), key: filepath.Join(dir, name+file+".key")}
		check(os.WriteFile(p.file, tlsid.EncodeCerts(leaf, issuing), 0o600))
		check(tlsid.WriteKey(p.key, key))
		return p
	}
	server = make("server", func(r *x509.CertificateRequest) (*x509.Certificate, error) {
		return a.IssueServer(r.PublicKey, []string{"127.0.0.1"})
	})
	client = make("client", func(r *x509.CertificateRequest) (*x509.Certificate, error) {
		return a.IssueGateway(r.Raw, ident.New[ident.GatewayID](), "9910000001")
	})
	second = make("second", func(r *x509.CertificateRequest) (*x509.Certificate, error) {
		return a.IssueGateway(r.Raw, ident.New[ident.GatewayID](), "9910000001")
	})
	return ca, server, client, second
}

func TestReceive_tls(t *testing.T) {
	dir := t.TempDir()
	ca, server, client, second := authority(t, dir, "hospital")
	_, _, foreign, _ := authority(t, dir, "stranger")
	roots, err := tlsid.ReadCerts(ca)
	if err != nil {
		t.Fatal(err)
	}
	listener := func(change func(*ListenerConfig)) func(*Config) {
		return func(c *Config) {
			l := &c.Listeners[0]
			l.Security, l.Cert, l.Key, l.ClientCA, l.AllowAddresses = MutualTLS, server.file, server.key, ca, nil
			if change != nil {
				change(l)
			}
		}
	}
	only := func(p party) func(*ListenerConfig) {
		return func(l *ListenerConfig) {
			l.AllowCertificates = []string{strings.ToUpper(tlsid.Fingerprint(p.leaf))}
		}
	}
	for name, tc := range map[string]struct {
		change  func(*ListenerConfig)
		certs   []tls.Certificate
		version uint16
		ok      bool
	}{
		"mutual":                          {nil, []tls.Certificate{client.cert}, 0, true},
		"no certificate":                  {nil, nil, 0, false},
		"another authority":               {nil, []tls.Certificate{foreign.cert}, 0, false},
		"a server's certificate":          {nil, []tls.Certificate{server.cert}, 0, false},
		"on the list":                     {only(client), []tls.Certificate{client.cert}, 0, true},
		"not on the list":                 {only(client), []tls.Certificate{second.cert}, 0, false},
		"TLS 1.2":                         {nil, []tls.Certificate{client.cert}, tls.VersionTLS12, false},
		"TLS 1.2 where it is allowed":     {func(l *ListenerConfig) { l.AllowTLS12 = true }, []tls.Certificate{client.cert}, tls.VersionTLS12, true},
		"by address, without certificate": {func(l *ListenerConfig) { l.Security, l.AllowAddresses = ServerTLS, []string{"127.0.0.1"} }, nil, 0, true},
		"by address, from another":        {func(l *ListenerConfig) { l.Security, l.AllowAddresses = ServerTLS, []string{"127.0.0.2"} }, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, t.TempDir(), listener(tc.change))
			conn, err := net.Dial("tcp", s.listeners[0].server.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			secure := tls.Client(conn, &tls.Config{RootCAs: tlsid.Pool(roots...), ServerName: "127.0.0.1", Certificates: tc.certs, MaxVersion: tc.version})
			secure.SetDeadline(time.Now().Add(10 * time.Second))
			_, err = io.WriteString(secure, frame(message("1")))
			var got [64]byte
			if err == nil {
				_, err = io.ReadFull(secure, got[:])
			}
			if (err == nil) != tc.ok {
				t.Errorf("sending: %v", err)
			}
			st := s.State()
			if taken := st.Backlog == 1; taken != tc.ok {
				t.Errorf("state = %+v", st)
			}
			eventually(t, func() bool {
				i := s.State().Listeners[0].Incidents
				return (i[incident.TLS].Total+i[incident.Address].Total == 1) != tc.ok
			})
		})
	}
	t.Run("plain to a TLS port", func(t *testing.T) {
		s := start(t, t.TempDir(), listener(nil))
		c := s.dial(t)
		c.raw(frame(message("1")))
		if !c.closed() || s.State().Backlog != 0 {
			t.Error("taken without encryption")
		}
	})

}

// Open tells of every listener that cannot be opened, and leaves none open.
func TestOpen_failsAsAWhole(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	first, second, third := plainListener(), plainListener(), plainListener()
	first.Name, second.Name, third.Name = "first", "second", "third"
	second.Listen = taken.Addr().String()
	third.Security = MutualTLS
	dir := t.TempDir()
	k, err := kept.Open(filepath.Join(dir, "kept"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(context.Background(), Config{
		Listeners: []ListenerConfig{first, second, third}, Dir: dir, Kept: k, Clock: time.Now,
		Journal: func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(dir, "journal")}, found)
		},
	})
	if err == nil || !strings.Contains(err.Error(), "mllp second: listen") || !strings.Contains(err.Error(), "mllp third: cert") {
		t.Errorf("Open = %v, want both listeners named", err)
	}
}

func TestValidateListeners(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*ListenerConfig)
		want   string
	}{
		"a name with spaces":                {func(c *ListenerConfig) { c.Name = "our EHR" }, "mllp[0]: name"},
		"no port":                           {func(c *ListenerConfig) { c.Listen = "localhost" }, "mllp ehr: listen"},
		"no security":                       {func(c *ListenerConfig) { c.Security = "" }, "mllp ehr: security"},
		"plain under another name":          {func(c *ListenerConfig) { c.Security = "plain" }, "mllp ehr: security"},
		"plain from everywhere":             {func(c *ListenerConfig) { c.AllowAddresses = nil }, "mllp ehr: allow_addresses: needed"},
		"plain from outside":                {func(c *ListenerConfig) { c.AllowAddresses = []string{"8.0.0.0/8"} }, "8.0.0.0/8 is not of a private network"},
		"plain from more than inside":       {func(c *ListenerConfig) { c.AllowAddresses = []string{"0.0.0.0/0"} }, "is not of a private network"},
		"an address that is none":           {func(c *ListenerConfig) { c.AllowAddresses = []string{"ehr.local"} }, `"ehr.local" is neither`},
		"certificates without mtls":         {func(c *ListenerConfig) { c.AllowCertificates = []string{strings.Repeat("a", 64)} }, "allow_certificates: only with"},
		"a fingerprint that is none":        {func(c *ListenerConfig) { c.AllowCertificates = []string{"aa:bb"} }, "is not a SHA-256 fingerprint"},
		"mtls without files":                {func(c *ListenerConfig) { c.Security = MutualTLS }, "mllp ehr: cert"},
		"a message larger than can be read": {func(c *ListenerConfig) { c.MaxMessageMB = 17 }, "max_message_mb"},
		"no connections":                    {func(c *ListenerConfig) { c.MaxConnections = -1 }, "max_connections"},
	} {
		t.Run(name, func(t *testing.T) {
			c := plainListener()
			if p := ValidateListeners([]ListenerConfig{c}); len(p) > 0 {
				t.Fatalf("sound configuration: %v", p)
			}
			tc.change(&c)
			if got := strings.Join(ValidateListeners([]ListenerConfig{c}), "\n"); !strings.Contains(got, tc.want) {
				t.Errorf("problems %q, want %q among them", got, tc.want)
			}
		})
	}
	if got := ValidateListeners([]ListenerConfig{plainListener(), plainListener()}); len(got) != 1 || !strings.Contains(got[0], "another listener has it") {
		t.Errorf("two of one name: %v", got)
	}
	if got := (ListenerConfig{}).problems(); len(got) < 6 {
		t.Errorf("problems are not told at once: %v", got)
	}
}

// The memory of ids is bounded by number and by time, and survives a torn file.
func TestMemory(t *testing.T) {
	now := moment
	dir := t.TempDir()
	open := func() *memory {
		m, err := openMemory(dir, 10)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.close() })
		return m
	}
	m := open()
	record := func(n byte) journal.Record {
		return journal.Record{Sender: journal.Digest{n}, Content: journal.Digest{n, n}, Received: now}
	}
	for n := byte(1); n <= 35; n++ {
		if err := m.filed([]journal.Record{record(n)}); err != nil {
			t.Fatal(err)
		}
	}
	known := func(m *memory, n byte) bool {
		_, _, ok := m.find(journal.Digest{n}, 0, nil, now.Unix())
		return ok
	}
	again := open()
	if known(again, 1) || !known(again, 26) || !known(again, 35) {
		t.Error("not the youngest are remembered")
	}
	if len(again.recent.last)+len(again.older.last) > 20 {
		t.Errorf("%d are remembered", len(again.recent.last)+len(again.older.last))
	}
	names, err := again.files()
	if err != nil || len(names) != 2 {
		t.Fatalf("files %v, %v", names, err)
	}
	body, err := os.ReadFile(names[1])
	if err != nil {
		t.Fatal(err)
	}
	body[0] ^= 0xFF
	if err := os.WriteFile(names[1], body[:len(body)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	torn := open()
	if known(torn, 35) || known(torn, 31) || !known(torn, 32) || !known(torn, 26) {
		t.Error("damage reaches beyond what it hit")
	}
	if err := torn.filed([]journal.Record{record(36)}); err != nil {
		t.Fatal(err)
	}
	if !known(open(), 36) {
		t.Error("what was written behind the damage is not found")
	}
	now = now.Add(rememberFor)
	if known(torn, 32) {
		t.Error("remembered for longer than a week")
	}
}

func TestState_isJSON(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	s.dial(t).send(message("1"))
	want := s.State()
	want.At = want.At.Round(0)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got State
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if want.Backlog != 1 || want.Listeners[0].Last.IsZero() || want.DiskFree == 0 {
		t.Errorf("state = %+v", want)
	}
}

// What becomes durable decides what is known of an id, whatever came in between and in
// whatever order groups are settled: a message that was lost must never pass for a
// duplicate when it is sent again.
func TestMemory_settle(t *testing.T) {
	id := journal.Digest{1}
	bodies := [][]byte{[]byte("first"), []byte("second"), []byte("third")}
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for durable := range 8 { // a bit for each message
		for groups := range 4 { // a bit for each of the later two: in a group of its own
			for _, order := range orders {
				m, err := openMemory(t.TempDir(), 2) // generations change in between
				if err != nil {
					t.Fatal(err)
				}
				before := []byte("before")
				m.found(journal.Record{Sender: id, Content: journal.DigestOf(before), Received: moment})
				commits := []*journal.Commit{{}, {}, {}}
				ok := make([]bool, 3)
				for i := range commits {
					if i > 0 && groups>>(i-1)&1 == 0 {
						commits[i], ok[i] = commits[i-1], ok[i-1]
					} else {
						ok[i] = durable>>i&1 == 1
					}
					if out, commit, err := m.take(id, bodies[i], moment, func(bool) (*journal.Commit, error) { return commits[i], nil }); err != nil || out != changed || commit != commits[i] {
						t.Fatalf("take = %v, %v", out, err)
					}
					other := func(bool) (*journal.Commit, error) { return commits[i], nil }
					if _, _, err := m.take(journal.Digest{2, byte(i)}, bodies[i], moment, other); err != nil {
						t.Fatal(err)
					}
					if out, commit, _ := m.take(id, bodies[i], moment, other); out != duplicate || commit != commits[i] {
						t.Fatalf("the same again = %v, want a duplicate that waits for the first", out)
					}
				}
				for _, i := range order {
					m.settle(commits[i], ok[i])
				}
				for i, body := range append(bodies[:3:3], before) {
					want := i == 3 || ok[i]
					if _, got, known := m.find(id, maphash.Bytes(m.seed, body), body, moment.Unix()); !known || got != want {
						t.Errorf("durable %v, groups %b, settled %v: %q is known: %v", ok, groups, order, body, got)
					}
				}
				if c := m.commitOf(m.last); c != nil || len(m.open) > 0 {
					t.Error("a group is still open")
				}
			}
		}
	}
}

// An id that was used for several messages repeats any of the last few, also after a start.
func TestMemory_severalBodies(t *testing.T) {
	dir, id := t.TempDir(), journal.Digest{1}
	m, err := openMemory(dir, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	take := func(m *memory, body string, at time.Time) outcome {
		t.Helper()
		out, _, err := m.take(id, []byte(body), at, func(bool) (*journal.Commit, error) { return &journal.Commit{}, nil })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var records []journal.Record
	for i, want := range []outcome{fresh, changed, changed, changed, changed} {
		body := string(rune('A' + i))
		if got := take(m, body, moment); got != want {
			t.Errorf("%s = %v, want %v", body, got, want)
		}
		records = append(records, journal.Record{Sender: id, Content: journal.DigestOf([]byte(body)), Received: moment})
	}
	if err := m.filed(records); err != nil {
		t.Fatal(err)
	}
	again, err := openMemory(dir, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[3:] { // as from a journal that a crash left
		again.found(r)
	}
	for name, m := range map[string]*memory{"in the process": m, "after a start": again} {
		for _, body := range []string{"E", "D", "C", "B", "E"} {
			if got := take(m, body, moment); got != duplicate {
				t.Errorf("%s: %s again = %v, want a duplicate", name, body, got)
			}
		}
		if n := len(m.recent.before[id]); n != rememberBodies-1 {
			t.Errorf("%s: %d are remembered behind the last", name, n)
		}
		if got := take(m, "B", moment.Add(rememberFor)); got != fresh {
			t.Errorf("%s: after a week = %v", name, got)
		}
		if n := len(m.recent.before[id]); n != 0 {
			t.Errorf("%s: %d are remembered for longer than a week", name, n)
		}
	}
}

func BenchmarkMemory_take(b *testing.B) {
	m, err := openMemory(b.TempDir(), rememberIDs/2)
	if err != nil {
		b.Fatal(err)
	}
	body, commit := make([]byte, 2000), &journal.Commit{}
	for n := 0; b.Loop(); n++ {
		id := journal.Digest{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
		if _, _, err := m.take(id, body, moment, func(bool) (*journal.Commit, error) { return commit, nil }); err != nil {
			b.Fatal(err)
		}
		m.settle(commit, true)
	}
}
