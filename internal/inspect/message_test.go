package inspect

import (
	"bytes"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// What is cut out of a stream is one message each, and nothing of a message is lost.
func FuzzMessagesOf(f *testing.F) {
	const one = "MSH|^~\\&|A|B|C|D|20240601||ACK|1|P|2.5||||||ASCII\rMSA|AA|1\r"
	f.Add([]byte(one + one))
	f.Add([]byte("\v" + one + "\x1c\r\v" + one + "\x1c\r"))
	f.Add([]byte("FHS|^~\\&\rBHS|^~\\&\r" + one + "BTS|1\rFTS|1"))
	f.Add([]byte("\xEF\xBB\xBF" + strings.ReplaceAll(one, "\r", "\r\n") + "MSH"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		size := 0
		for body, err := range messagesOf(bytes.NewReader(stream)) {
			if err != nil {
				t.Fatalf("stream of %d bytes: %v", len(stream), err)
			}
			if !begins(afterMark(body), "MSH") {
				t.Fatalf("message begins with %q", body[:min(len(body), 16)])
			}
			size += len(body)
			if _, err := hl7v2.Parse(body); err != nil && strings.Contains(err.Error(), "second message in one file") {
				t.Fatalf("two messages in one: %q", body)
			}
		}
		if size > len(stream) {
			t.Fatalf("%d bytes of %d", size, len(stream))
		}
		if bytes.HasPrefix(stream, []byte("MSH|")) && !bytes.Contains(stream, []byte("HS")) && !bytes.Contains(stream, []byte("TS")) && size != len(stream) {
			t.Fatalf("%d bytes of %d", size, len(stream))
		}
	})
}
