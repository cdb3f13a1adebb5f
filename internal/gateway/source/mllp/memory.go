package mllp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
)

// Bounds of what is remembered of message ids. A sender repeats a message within
// minutes; a week covers an outage. Half of the number is remembered at least.
const (
	rememberFor = 7 * 24 * time.Hour
	rememberIDs = 200_000
	// A sender that uses an id for several messages repeats any of them. More than these are
	// another fault of its own.
	rememberBodies = 4
)

// memory remembers which message ids were taken and with what content. What is not
// filed yet is remembered by the journal; the rest lies in two files, of which the older
// is removed when the younger is full.
type memory struct {
	dir   string
	limit int          // of ids in one generation
	seed  maphash.Seed // of the sums of bodies

	mu     sync.Mutex
	recent generation
	older  generation
	open   []*group // in the order of their numbers
	last   uint64   // number of the last group

	// Of the filer alone.
	file  *os.File
	count int
	first int // number of file
}

// generation is what is remembered of ids. Almost all have one message, so the last is
// held without pointers, which would have every collection of garbage walk through all,
// and those before it, the latest first, by themselves. Their slices are never changed.
type generation struct {
	last   map[journal.Digest]taken
	before map[journal.Digest][]taken
}

func newGeneration() generation {
	return generation{map[journal.Digest]taken{}, map[journal.Digest][]taken{}}
}

func (g generation) set(id journal.Digest, last taken, before []taken) {
	g.last[id] = last
	if len(before) > 0 {
		g.before[id] = before
	} else if len(g.before) > 0 {
		delete(g.before, id)
	}
}

// taken is a message that had an id.
type taken struct {
	body  uint64 // sum of it, see [taken.is]
	at    int64  // seconds
	group uint64 // that it became durable with, if that is not open any more; 0: of an earlier process
}

// group is the messages that become durable together or not at all.
type group struct {
	number uint64
	commit *journal.Commit
	ids    []journal.Digest
}

// In a file an id is: sender (16), content (16), seconds (8), CRC-32 of these (4).
const idBytes = 44

func openMemory(dir string, limit int) (*memory, error) {
	m := &memory{dir: dir, limit: limit, seed: maphash.MakeSeed(), recent: newGeneration(), older: newGeneration()}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("message ids: %w", err)
	}
	names, err := m.files()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, err := m.load(name)
		if err != nil {
			return nil, fmt.Errorf("message ids: %w", err)
		}
		m.count = n
		fmt.Sscanf(filepath.Base(name), "%d", &m.first) // the glob has seen to its form
	}
	return m, nil
}

func (m *memory) path(n int) string { return filepath.Join(m.dir, fmt.Sprintf("%08d.ids", n)) }

func (m *memory) files() ([]string, error) {
	names, err := filepath.Glob(filepath.Join(m.dir, "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].ids"))
	slices.Sort(names)
	return names, err
}

// load reads a file as far as it is sound: one that was torn ends early, and a damaged
// id is forgotten.
func (m *memory) load(name string) (int, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	n := len(data) / idBytes
	for i := range n {
		b := data[i*idBytes : (i+1)*idBytes]
		if crc32.ChecksumIEEE(b[:40]) != binary.LittleEndian.Uint32(b[40:]) {
			continue
		}
		m.recall(journal.Digest(b[:16]), taken{body: sumOf(journal.Digest(b[16:32])), at: int64(binary.LittleEndian.Uint64(b[32:]))})
	}
	if len(data)%idBytes != 0 {
		return n, os.Truncate(name, int64(n*idBytes))
	}
	return n, nil
}

// put is called with mu held, or before anybody else has the memory.
func (m *memory) put(id journal.Digest, last taken, before []taken) {
	if len(m.recent.last) >= m.limit {
		m.older, m.recent = m.recent, newGeneration()
	}
	m.recent.set(id, last, before)
}

// recall puts what an earlier process took. The files and the journal may both tell of it.
func (m *memory) recall(id journal.Digest, t taken) {
	last, before, known := m.of(id)
	if known {
		before = behind(t, last, before)
	}
	m.put(id, t, before)
}

// of gives all that is known of an id, with mu held.
func (m *memory) of(id journal.Digest) (last taken, before []taken, known bool) {
	if last, known = m.recent.last[id]; known {
		return last, m.recent.before[id], true
	}
	last, known = m.older.last[id]
	return last, m.older.before[id], known
}

// behind gives what is remembered of an id behind a message that comes now, within the
// bound, and without itself.
func behind(t, last taken, before []taken) []taken {
	out := make([]taken, 0, rememberBodies-1)
	for _, b := range append([]taken{last}, before...) {
		if len(out) < cap(out) && b.holds(t.at) && b.body != t.body {
			out = append(out, b)
		}
	}
	return out
}

func (t taken) holds(now int64) bool { return now-t.at < int64(rememberFor/time.Second) }

// find gives which of the messages of an id a body is, with mu held. known is whether
// there is any.
func (m *memory) find(id journal.Digest, sum uint64, body []byte, now int64) (same taken, is, known bool) {
	last, before, known := m.of(id)
	if !known || !last.holds(now) {
		return taken{}, false, false
	}
	if last.is(sum, body) {
		return last, true, true
	}
	for _, t := range before {
		if t.holds(now) && t.is(sum, body) {
			return t, true, true
		}
	}
	return taken{}, false, true
}

// outcome is what an id tells of a message.
type outcome byte

const (
	fresh     outcome = iota
	duplicate         // taken before, with the same content
	changed           // the id was taken before, with another content
)

// take has a message appended unless it was taken before, and gives what to wait for. For
// a duplicate that is the commit of the first, nil if that is durable already.
func (m *memory) take(id journal.Digest, body []byte, now time.Time, append func(changed bool) (*journal.Commit, error)) (outcome, *journal.Commit, error) {
	sum := maphash.Bytes(m.seed, body)
	m.mu.Lock()
	defer m.mu.Unlock()
	same, is, known := m.find(id, sum, body, now.Unix())
	if is {
		return duplicate, m.commitOf(same.group), nil
	}
	commit, err := append(known)
	if err != nil {
		return fresh, nil, err
	}
	t := taken{sum, now.Unix(), m.claim(commit, id)}
	if !known {
		m.put(id, t, nil)
		return fresh, commit, nil
	}
	last, before, _ := m.of(id)
	m.put(id, t, behind(t, last, before))
	return changed, commit, nil
}

// is reports whether it was this body. A body is summed for every message, so within one
// process with a fast hash that nobody outside can aim at; what an earlier process took is
// known by its digest.
func (t taken) is(sum uint64, body []byte) bool {
	if t.group == 0 {
		sum = sumOf(journal.DigestOf(body))
	}
	return t.body == sum
}

func sumOf(content journal.Digest) uint64 { return binary.LittleEndian.Uint64(content[:]) }

func (m *memory) commitOf(group uint64) *journal.Commit {
	for _, g := range m.open {
		if g.number == group {
			return g.commit
		}
	}
	return nil
}

// claim notes a message in the group of its commit and gives the group's number.
func (m *memory) claim(commit *journal.Commit, id journal.Digest) uint64 {
	if n := len(m.open); n == 0 || m.open[n-1].commit != commit {
		m.last++
		m.open = append(m.open, &group{number: m.last, commit: commit})
	}
	g := m.open[len(m.open)-1]
	g.ids = append(g.ids, id)
	return g.number
}

// settle says that a commit has ended. What failed was not taken, and is forgotten. The
// first call for a commit counts.
func (m *memory) settle(commit *journal.Commit, durable bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.open, func(g *group) bool { return g.commit == commit })
	if i < 0 {
		return
	}
	g := m.open[i]
	m.open = slices.Delete(m.open, i, i+1)
	if durable {
		return
	}
	for _, id := range g.ids {
		m.recent.withdraw(id, g.number)
		m.older.withdraw(id, g.number)
	}
}

// withdraw forgets the messages of an id that are of a group.
func (g generation) withdraw(id journal.Digest, group uint64) {
	last, known := g.last[id]
	if !known {
		return
	}
	var left []taken
	for _, t := range append([]taken{last}, g.before[id]...) {
		if t.group != group {
			left = append(left, t)
		}
	}
	if len(left) == 0 {
		delete(g.last, id)
		delete(g.before, id)
		return
	}
	g.set(id, left[0], left[1:])
}

// found remembers a record that the journal had at the start.
func (m *memory) found(r journal.Record) {
	m.recall(r.Sender, taken{body: sumOf(r.Content), at: r.Received.Unix()})
}

// filed writes down what the journal is about to forget.
func (m *memory) filed(records []journal.Record) error {
	if err := m.writable(); err != nil {
		return fmt.Errorf("message ids: %w", err)
	}
	buf := make([]byte, 0, len(records)*idBytes)
	for i := range records {
		r := &records[i]
		at := len(buf)
		buf = append(buf, r.Sender[:]...)
		buf = append(buf, r.Content[:]...)
		buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Received.Unix()))
		buf = binary.LittleEndian.AppendUint32(buf, crc32.ChecksumIEEE(buf[at:at+40]))
	}
	// At its place, so that what a failed write left is written over.
	if _, err := m.file.WriteAt(buf, int64(m.count)*idBytes); err != nil {
		return fmt.Errorf("message ids: %w", err)
	}
	if err := m.file.Sync(); err != nil {
		return fmt.Errorf("message ids: %w", err)
	}
	m.count += len(records)
	return nil
}

// writable opens the file to write to, a new one if the last is full.
func (m *memory) writable() error {
	full := m.count >= m.limit
	if m.file != nil && !full {
		return nil
	}
	if err := m.close(); err != nil {
		return err
	}
	if full {
		m.first, m.count = m.first+1, 0
		if err := os.Remove(m.path(m.first - 2)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(m.path(m.first), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := disk.SyncDir(m.dir); err != nil { // or a crash takes the file with all ids in it
		return errors.Join(err, file.Close())
	}
	m.file = file
	return nil
}

func (m *memory) close() error {
	if m.file == nil {
		return nil
	}
	err := m.file.Close()
	m.file = nil
	return err
}
