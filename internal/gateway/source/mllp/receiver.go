// Package mllp receives HL7 v2.5 messages over MLLP (HL7電文受信) straight from an EHR and
// acknowledges them once they are durable (HL7 v2.5 §2.9, minimal lower layer protocol).
//
// On the way to the acknowledgement only MSH is read, and whether there is a patient.
// A message that passes goes into the journal, with a fsync that it shares with others,
// and is then acknowledged with AA; what it means is found out when it is filed, and one
// that cannot be filed is kept and listed. What the contract does not have is answered
// AR, what lacks something required AE, both with a code of table 0357, kept and listed.
// While the disk is almost full everything is answered AR (enhanced mode: CE); while the
// backlog is at its bound nothing is read from the connections, and the senders wait.
//
// A message with sender (MSH-3, MSH-4), id (MSH-10) and body of an earlier one is
// acknowledged again and not filed again. With another body it is processed and listed.
// That memory spans seven days and the last 100,000 to 200,000 ids, and restarts.
//
// What of a stream is no message is counted, and its beginning is kept and listed where it
// may be one that broke off or was not framed, or where nothing else came. So are the
// connections that were refused counted, with the addresses that came last.
//
// What is held in memory does not grow with what is sent: per connection 40 KB, 64 KB
// for a larger message, and for those above that eight slots for all connections.
package mllp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/journal"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
	"mizuhiki.dev/mizuhiki/internal/platform/disk"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/tcpserver"
)

// largeSlots is how many messages above 64 KB are held at the same time.
const largeSlots = 8

// lookPause is how often the free space is looked at.
const lookPause = time.Second

// Config says what to receive and where to keep it.
type Config struct {
	Listeners []ListenerConfig // valid
	Dir       string           // of received messages; the memory of ids is in it
	MinFree   int64            // bytes that must stay free on its disk
	Journal   func(found func(journal.Record)) (*journal.Journal, error)
	Kept      *kept.Keeper
	Clock     func() time.Time
	Log       *slog.Logger

	free func(dir string) (int64, error) // nil: the operating system is asked
}

// Receiver is a set of open listeners with the journal that they write to.
type Receiver struct {
	cfg       Config
	journal   *journal.Journal
	memory    *memory
	listeners []*listener
	large     chan struct{}
	ids       atomic.Uint64 // of acknowledgements
	freeBytes atomic.Int64
	low       atomic.Bool // the disk is almost full
}

// Open opens journal and listeners; it does not receive yet. All that is wrong with the
// listeners is told at once.
func Open(ctx context.Context, cfg Config) (*Receiver, error) {
	if cfg.free == nil {
		cfg.free = disk.Free
	}
	r := &Receiver{cfg: cfg, large: make(chan struct{}, largeSlots)}
	r.ids.Store(uint64(cfg.Clock().UnixMilli()) << 10)
	var err error
	if r.memory, err = openMemory(filepath.Join(cfg.Dir, "ids"), rememberIDs/2); err != nil {
		return nil, err
	}
	if r.journal, err = cfg.Journal(r.memory.found); err != nil {
		return nil, err
	}
	r.look()
	var errs []error
	for _, c := range cfg.Listeners {
		l, err := r.listen(ctx, c)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.listeners = append(r.listeners, l)
	}
	if len(errs) > 0 {
		return nil, errors.Join(append(errs, r.Close())...)
	}
	return r, nil
}

func (r *Receiver) listen(ctx context.Context, c ListenerConfig) (*listener, error) {
	secure, err := c.tls(r.cfg.Clock)
	if err != nil {
		return nil, fmt.Errorf("mllp %s: %w", c.Name, err)
	}
	allow, err := c.prefixes()
	if err != nil {
		return nil, fmt.Errorf("mllp %s: allow_addresses: %w", c.Name, err)
	}
	l := &listener{cfg: c, receiver: r}
	l.server, err = tcpserver.Listen(ctx, tcpserver.Config{
		Surface: "mllp " + c.Name, Addr: c.Listen, Key: "mllp " + c.Name + ": listen", TLS: secure, Allow: allow,
		MaxConns: c.MaxConnections, Handler: l.serve, Clock: r.cfg.Clock, Log: r.cfg.Log,
	})
	return l, err
}

// Journal is what was received and is not filed yet.
func (r *Receiver) Journal() *journal.Journal { return r.journal }

// Filed writes down the ids of records before the journal forgets them.
func (r *Receiver) Filed(records []journal.Record) error { return r.memory.filed(records) }

// Run receives until ctx ends and connections have got their answers.
func (r *Receiver) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts sync.WaitGroup
	parts.Go(func() {
		tick := time.NewTicker(lookPause)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				r.look()
			}
		}
	})
	errs := make([]error, len(r.listeners))
	for i, l := range r.listeners {
		parts.Go(func() {
			defer cancel()
			errs[i] = l.server.Serve(ctx)
		})
	}
	parts.Wait()
	return errors.Join(errs...)
}

// look looks at the free space. The journal's spares go before a message is refused.
func (r *Receiver) look() {
	n, err := r.journal.GiveBack()
	if n > 0 {
		r.cfg.Log.Info("received messages: spare segments given back to the disk", "spares", n)
	}
	if err != nil {
		r.cfg.Log.Error("received messages: give spare segments back", logging.KeyError, err)
	}
	free, err := r.cfg.free(r.cfg.Dir)
	if err != nil {
		r.cfg.Log.Error("received messages: free space", logging.KeyError, err)
		return
	}
	r.freeBytes.Store(free)
	if low := free < r.cfg.MinFree; r.low.Swap(low) != low {
		r.cfg.Log.Warn("received messages: free space", "low", low, logging.KeyBytes, free)
	}
}

// Close closes journal and memory, after Run and the filer have ended.
//
// Listeners that Run has not closed, since it was never called, are closed as well.
func (r *Receiver) Close() error {
	errs := []error{r.journal.Close(), r.memory.close()}
	for _, l := range r.listeners {
		if err := l.server.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// digest names a sender's message.
func digest(h *header) journal.Digest {
	var buf [3*maxEcho + 6]byte
	b := buf[:0]
	for _, field := range []int{mshSendingApplication, mshSendingFacility, mshControlID} {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(h.fields[field])))
		b = append(b, h.fields[field]...)
	}
	return journal.DigestOf(b)
}
