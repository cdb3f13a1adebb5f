// Package mllp measures receiving over MLLP as a ratio: the gateway's receiver against
// the least program that could do it durably, with fsync on the same disk, in turns
// within one run. There are two of that program: one appends to a file as programs do,
// one writes over a file that is there already, as the gateway's journal does.
package mllp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

const (
	connections = 8
	turn        = 200 * time.Millisecond // of either in one iteration
)

// BenchmarkOneInFlight: every sender waits for its answer, as most do.
func BenchmarkOneInFlight(b *testing.B) { inTurns(b, 1, false) }

// BenchmarkManyInFlight: 64 messages are under way on every connection.
func BenchmarkManyInFlight(b *testing.B) { inTurns(b, 64, false) }

// BenchmarkManyInFlightWhileFiling: the same while the filer works off what came before,
// to the same disk and on the same processors; the bare receiver has that beside it too.
func BenchmarkManyInFlightWhileFiling(b *testing.B) { inTurns(b, 64, true) }

// inTurns lets the bare receiver and ours work in turns and reports medians.
func inTurns(b *testing.B, window int, filing bool) {
	dir := b.TempDir()
	appending := startBare(b, filepath.Join(dir, "appending"), 0)
	prepared := startBare(b, filepath.Join(dir, "prepared"), 256<<20)
	ours, settle := startOurs(b, filepath.Join(dir, "ours"), filing)
	base := labResult(b)
	// Senders' own work is no part of what is measured: bodies are made once, with a place
	// for the id.
	var rates [3][]float64
	var ratios [2][]float64 // of turns next to each other: a busy machine changes by the second
	n := 0
	drive(b, ours, base, window, n) // a journal that has worked before has its spares
	settle()
	for b.Loop() {
		for turn := range 3 { // each of them is first in turn
			i := (len(ratios[0]) + turn) % 3
			n++
			rates[i] = append(rates[i], drive(b, []string{appending, prepared, ours}[i], base, window, n))
		}
		b.StopTimer()
		settle()
		b.StartTimer()
		last := len(rates[2]) - 1
		for i := range ratios {
			ratios[i] = append(ratios[i], rates[2][last]/rates[i][last])
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(rates[0]), "bare/s")
	b.ReportMetric(median(rates[1]), "bare-prepared/s")
	b.ReportMetric(median(rates[2]), "ours/s")
	b.ReportMetric(median(ratios[0]), "×bare")
	b.ReportMetric(median(ratios[1]), "×bare-prepared")
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// idPlace stands in the message where the id is written: always as long.
const idPlace = "@@@@@@@@@@@@@@@@"

// labResult is a laboratory result of 1.8 KB in ISO-2022-JP, framed.
func labResult(b *testing.B) []byte {
	m := hl7v2.NewBuilder(hl7v2.Header{
		SendingApplication: "LIS", SendingFacility: "HOSP", ReceivingApplication: "GW", ReceivingFacility: "MIZU",
		Time: "20261125090000", Type: "OUL^R22^OUL_R22", ControlID: idPlace,
	})
	m.Append("PID", "", "", "0000012345^^^^PI", "", "試験^花子^^^^^L^I~シケン^ハナコ^^^^^L^P", "", "19760101", "F")
	m.Append("PV1", "", "O", "01^^^^^C")
	m.Append("SPM", "1", "", "", "023^血清^JC10", "", "", "", "", "", "", "", "", "", "", "", "", "20261125083000")
	m.Append("OBR", "1", "000000000012345", "", "E001^生化学検査^99LAB", "", "", "20261125083000")
	m.Append("ORC", "SC", "000000000012345")
	for i := 0; ; i++ {
		body, _ := m.Bytes()
		if len(body) >= 1800 {
			out := append([]byte{0x0b}, body...)
			return append(out, 0x1c, 0x0d)
		}
		m.Append("OBX", hl7v2.Value(fmt.Sprint(i+1)), "NM", "3B035000002327201^アスパラギン酸アミノ基転移酵素^JC10", "", hl7v2.Value(fmt.Sprint(20+i)), "U/L^U/L^ISO+", "13-30", "N", "", "", "F")
	}
}

// drive sends for a turn over all connections and gives the answers per second.
func drive(b *testing.B, addr string, base []byte, window, run int) float64 {
	var answered int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	for c := range connections {
		wg.Go(func() {
			n, err := send(addr, base, window, fmt.Sprintf("%05dC%d", run, c), begin.Add(turn))
			if err != nil {
				b.Error(err)
			}
			mu.Lock()
			answered += n
			mu.Unlock()
		})
	}
	wg.Wait()
	return float64(answered) / time.Since(begin).Seconds()
}

func send(addr string, base []byte, window int, prefix string, until time.Time) (answered int64, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	at := bytes.Index(base, []byte(idPlace))
	free := make(chan struct{}, window)
	sent := make(chan int64, 1)
	go func() {
		w := bufio.NewWriterSize(conn, 64<<10)
		body := bytes.Clone(base)
		var n int64
		for time.Now().Before(until) {
			select {
			case free <- struct{}{}:
			default:
				w.Flush()
				free <- struct{}{}
			}
			copy(body[at:], fmt.Sprintf("%s%0*d", prefix, len(idPlace)-len(prefix), n))
			w.Write(body)
			n++
		}
		w.Flush()
		sent <- n
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.CloseWrite()
		}
	}()
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		answer, err := r.ReadSlice(0x1c)
		if err == io.EOF {
			break
		}
		if err != nil {
			return answered, err
		}
		if !bytes.Contains(answer, []byte("MSA|AA|")) {
			return answered, fmt.Errorf("answer %q", answer)
		}
		answered++
		<-free
	}
	if n := <-sent; n != answered {
		return answered, fmt.Errorf("%d messages, %d answers", n, answered)
	}
	return answered, nil
}

// startOurs gives the receiver's address and what to call after a turn: unless messages
// are filed all the time, those of the turn are done with there, and the journal is as
// before the next burst.
func startOurs(b *testing.B, dir string, file bool) (addr string, settle func()) {
	log := slog.New(slog.DiscardHandler)
	k, err := kept.Open(filepath.Join(dir, "kept"))
	if err != nil {
		b.Fatal(err)
	}
	listener := mllp.DefaultListener()
	listener.Listen, listener.Security, listener.AllowAddresses = "127.0.0.1:0", mllp.PlainInside, []string{"127.0.0.1"}
	r, err := mllp.Open(b.Context(), mllp.Config{
		Listeners: []mllp.ListenerConfig{listener}, Dir: dir, MinFree: 1 << 20, Kept: k, Clock: time.Now, Log: log,
		Journal: func(found func(journal.Record)) (*journal.Journal, error) {
			return journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), MaxBacklog: 64 << 30, Log: log}, found)
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := r.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	closers := []func() error{r.Close}
	settle = func() { finishAll(b, r.Journal(), filepath.Join(dir, "journal")) }
	if file {
		settle = func() {}
		f, err := filing.Open(filing.Config{
			Dir: dir, Journal: r.Journal(), Kept: k, Filed: r.Filed, Clock: time.Now, Log: log, Soon: func(ident.LocalPatientID) {},
			Merge: func(context.Context, time.Time, ident.LocalPatientID, ident.LocalPatientID) error { return nil },
		})
		if err != nil {
			b.Fatal(err)
		}
		parts.Go(func() {
			if err := f.Run(ctx); err != nil {
				b.Error(err)
			}
		})
		closers = append(closers, f.Close)
	}
	b.Cleanup(func() {
		cancel()
		parts.Wait()
		for _, c := range closers {
			if err := c(); err != nil {
				b.Error(err)
			}
		}
	})
	return r.State().Listeners[0].Address, settle
}

// finishAll takes what a journal holds out of it and waits until its spares lie ready.
func finishAll(b *testing.B, j *journal.Journal, dir string) {
	for j.State().Records > 0 {
		records, err := j.Next(b.Context(), 16<<20)
		if err == nil {
			err = j.Finish(records)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Rest(); err != nil {
		b.Fatal(err)
	}
	ready := -1
	for {
		names, err := filepath.Glob(filepath.Join(dir, "*.spare"))
		if err != nil {
			b.Fatal(err)
		}
		if len(names) == ready { // no more came while we waited
			return
		}
		ready = len(names)
		time.Sleep(2 * time.Second)
	}
}

// bare takes frames, writes them to a file with group commit, and answers.
type bare struct {
	listener net.Listener
	file     *os.File
	size     int64 // of a file to be written over from its beginning again; 0: it grows
	at       int64
	wake     chan struct{}

	mu    sync.Mutex
	buf   []byte
	spare []byte
	ready chan struct{}
}

func startBare(b *testing.B, path string, size int64) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyN(f, zeros{}, size); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	s := &bare{listener: l, file: f, size: size, wake: make(chan struct{}, 1), ready: make(chan struct{})}
	go s.commit()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	b.Cleanup(func() { l.Close(); close(s.wake); f.Close() })
	return l.Addr().String()
}

func (s *bare) append(body []byte) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = append(s.buf, body...)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return s.ready
}

func (s *bare) commit() {
	for range s.wake {
		s.mu.Lock()
		buf, ready := s.buf, s.ready
		s.buf, s.spare, s.ready = s.spare[:0], nil, make(chan struct{})
		s.mu.Unlock()
		if s.write(buf) == nil {
			close(ready)
		}
		s.mu.Lock()
		s.spare = buf
		s.mu.Unlock()
	}
}

func (s *bare) write(buf []byte) error {
	if s.size > 0 && s.at+int64(len(buf)) > s.size {
		s.at = 0
	}
	n, err := s.file.WriteAt(buf, s.at)
	s.at += int64(n)
	if err != nil {
		return err
	}
	if s.size > 0 {
		return disk.SyncData(s.file)
	}
	return s.file.Sync()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

const bareAnswer = "\x0bMSH|^~\\&|GW|MIZU|LIS|HOSP|20261125090000||ACK|1|P|2.5\rMSA|AA|%s\r\x1c\r"

func (s *bare) serve(conn net.Conn) {
	type due struct {
		ready <-chan struct{}
		id    string
	}
	answers := make(chan due, 256)
	defer close(answers)
	go func() {
		w := bufio.NewWriter(conn)
		for d := range answers {
			select {
			case <-d.ready:
			default:
				w.Flush()
				<-d.ready
			}
			before, after, _ := strings.Cut(bareAnswer, "%s")
			w.WriteString(before)
			w.WriteString(d.id)
			w.WriteString(after)
			if len(answers) == 0 {
				w.Flush()
			}
		}
		w.Flush()
		conn.Close()
	}()
	r := bufio.NewReaderSize(conn, 16<<10)
	for {
		body, err := r.ReadSlice(0x1c)
		if err != nil {
			return
		}
		id := field(body, 9)
		answers <- due{s.append(body), id}
	}
}

// field gives a field of MSH, counted in separators.
func field(body []byte, n int) string {
	for ; n > 0; n-- {
		body = body[bytes.IndexByte(body, '|')+1:]
	}
	return string(body[:bytes.IndexByte(body, '|')])
}
