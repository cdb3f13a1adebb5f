package mllp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Signs of the minimal lower layer protocol.
const (
	startBlock     = 0x0B
	endBlock       = 0x1C
	carriageReturn = 0x0D
)

const (
	// readBuffer holds most messages, which are then read without being copied.
	readBuffer = 32 << 10
	// smallFrame is what every connection may hold; a larger message takes one of the
	// receiver's large slots, of which there are few.
	smallFrame = 64 << 10
	// headBytes is what is kept of a message that is too large: enough for its MSH.
	headBytes = maxHeader
	// maxGarbage bounds what is passed over in search of a message.
	maxGarbage = 64 << 10
)

var (
	errTooLarge = errors.New("message is larger than allowed")
	errGarbage  = fmt.Errorf("more than %d bytes that belong to no message", maxGarbage)
	errCut      = errors.New("connection ended within a message")
	errSlow     = errors.New("message did not arrive in time")
	errBusy     = errors.New("too many large messages at the same time")
)

// framer takes messages out of a stream: 0x0B, message, 0x1C, 0x0D. It bears a missing
// 0x0D, a missing 0x0B before MSH and garbage in between. No character set in use has
// 0x1C in it, so that always ends a message; 0x0B may stand in a text.
type framer struct {
	conn    net.Conn
	r       *bufio.Reader
	limit   int           // bytes of a message
	idle    time.Duration // how long nothing may come
	within  time.Duration // how long a message may take, from its first byte to its last
	large   chan struct{} // slots for messages above smallFrame
	holding bool          // one of them

	buf     []byte
	garbage int // bytes passed over since the start
	cut     int // messages that were begun and not ended
}

func newFramer(conn net.Conn, limit int, idle, within time.Duration, large chan struct{}) *framer {
	return &framer{conn: conn, r: bufio.NewReaderSize(conn, readBuffer), limit: limit, idle: idle, within: within, large: large}
}

// release gives back what a large message took.
func (f *framer) release() {
	if f.holding {
		<-f.large
		f.holding = false
	}
	if cap(f.buf) > smallFrame {
		f.buf = nil
	}
}

// next gives the next message without its frame, valid until the following call. With
// errTooLarge it gives the beginning of the message, and the stream goes on behind it.
// io.EOF is the end between messages, as is a connection that has been idle for too long.
func (f *framer) next(ctx context.Context) ([]byte, error) {
	f.release()
	f.buf = f.buf[:0]
	if f.r.Buffered() == 0 {
		f.conn.SetReadDeadline(time.Now().Add(f.idle))
		if ctx.Err() != nil { // the deadline that ended reading must not be undone
			return nil, ctx.Err()
		}
	}
	if err := f.start(); err != nil {
		return nil, err
	}
	if body, ok := f.buffered(); ok {
		return f.whole(body), nil
	}
	f.conn.SetReadDeadline(time.Now().Add(f.within))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	body, err := f.collect()
	if err != nil {
		return body, err
	}
	return f.whole(body), nil
}

// start goes to the first byte of a message.
func (f *framer) start() error {
	passed := 0
	for {
		next, err := f.r.Peek(1)
		if err != nil {
			if timedOut(err) || passed == 0 && errors.Is(err, io.EOF) {
				return io.EOF
			}
			return err
		}
		c := next[0]
		if passed == 0 && c == 'M' && f.peeks("MSH") {
			return nil
		}
		if _, err := f.r.Discard(1); err != nil {
			return err
		}
		switch {
		case c == startBlock:
			return nil
		case passed == 0 && (c == carriageReturn || c == '\n' || c == endBlock || c == 0):
			continue // what senders put behind a message
		}
		f.garbage++
		if passed++; passed > maxGarbage {
			return errGarbage
		}
	}
}

// peeks reports whether the text comes next. It waits for it, as it would for a message.
func (f *framer) peeks(text string) bool {
	next, err := f.r.Peek(len(text))
	return err == nil && string(next) == text
}

// buffered gives a message that has arrived already.
func (f *framer) buffered() ([]byte, bool) {
	have, err := f.r.Peek(f.r.Buffered())
	if err != nil {
		return nil, false
	}
	end := bytes.IndexByte(have, endBlock)
	if end < 0 || end > f.limit {
		return nil, false
	}
	if _, err := f.r.Discard(end + 1); err != nil {
		return nil, false
	}
	return have[:end], true
}

// collect reads a message piece by piece.
func (f *framer) collect() ([]byte, error) {
	for {
		piece, err := f.r.ReadSlice(endBlock)
		ended := err == nil
		if ended {
			piece = piece[:len(piece)-1]
		} else if !errors.Is(err, bufio.ErrBufferFull) {
			f.cut++
			if timedOut(err) {
				return nil, errSlow
			}
			return nil, errCut
		}
		if len(f.buf)+len(piece) > f.limit {
			return f.skip(append(f.buf, piece[:min(len(piece), headBytes)]...), ended)
		}
		if err := f.room(len(f.buf) + len(piece)); err != nil {
			return nil, err
		}
		f.buf = append(f.buf, piece...)
		if ended {
			return f.buf, nil
		}
	}
}

// room takes a slot for a large message. Whoever has one needs no other, so that those
// who wait for one never wait for each other.
func (f *framer) room(n int) error {
	if n <= smallFrame || f.holding {
		return nil
	}
	wait := time.NewTimer(f.within)
	defer wait.Stop()
	select {
	case f.large <- struct{}{}:
		f.holding = true
		f.conn.SetReadDeadline(time.Now().Add(f.within)) // waiting was not the sender's fault
		return nil
	case <-wait.C:
		return errBusy
	}
}

// skip reads a message that is too large to its end and keeps its beginning.
func (f *framer) skip(head []byte, ended bool) ([]byte, error) {
	head = bytes.Clone(head[:min(len(head), headBytes)])
	f.release()
	for !ended {
		_, err := f.r.ReadSlice(endBlock)
		ended = err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			f.cut++
			return head, fmt.Errorf("%w: %w", errTooLarge, errSlow)
		}
	}
	return head, errTooLarge
}

// whole takes off the beginning of a message that was broken off on the same connection
// and begun anew.
func (f *framer) whole(body []byte) []byte {
	if bytes.IndexByte(body, startBlock) < 0 {
		return body
	}
	if i := bytes.LastIndex(body, []byte{startBlock, 'M', 'S', 'H'}); i >= 0 {
		f.cut++
		return body[i+1:]
	}
	return body
}

func timedOut(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
