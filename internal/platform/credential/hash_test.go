package credential

import (
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

var cheap = Params{MemoryKiB: 8, Passes: 1, Threads: 1}

func TestHasher(t *testing.T) {
	h := NewHasher(cheap)
	phc, err := h.Hash(t.Context(), "x9k2m4p7")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=8,t=1,p=1$") || strings.Contains(phc, "x9k2m4p7") {
		t.Errorf("Hash = %q", phc)
	}
	again, err := h.Hash(t.Context(), "x9k2m4p7")
	if err != nil || again == phc {
		t.Errorf("a second hash is %q, %v: the salt is not fresh", again, err)
	}
	for name, tc := range map[string]struct {
		hasher       *Hasher
		phc, typed   string
		ok, outdated bool
	}{
		"the password":       {h, phc, "x9k2m4p7", true, false},
		"another":            {h, phc, "x9k2m4p8", false, false},
		"nothing":            {h, phc, "", false, false},
		"nobody's":           {h, "", "x9k2m4p7", false, false},
		"nobody's, empty":    {h, "", "", false, false},
		"dearer params now":  {NewHasher(Params{16, 1, 1}), phc, "x9k2m4p7", true, true},
		"other passes now":   {NewHasher(Params{8, 2, 1}), phc, "x9k2m4p7", true, true},
		"dearer, but wrong":  {NewHasher(Params{16, 1, 1}), phc, "x9k2m4p8", false, true},
		"a hash made before": {NewHasher(DefaultParams()), phc, "x9k2m4p7", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			ok, outdated, err := tc.hasher.Verify(t.Context(), tc.phc, tc.typed)
			if err != nil || ok != tc.ok || outdated != tc.outdated {
				t.Errorf("Verify = %v, %v, %v, want %v, %v", ok, outdated, err, tc.ok, tc.outdated)
			}
		})
	}
}

// The form is PHC's, so that another program's hash of the same inputs is the same.
func TestHasher_readsPHC(t *testing.T) {
	// Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 4 -l 32 -e
	const reference = "$argon2id$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo"
	if ok, _, err := NewHasher(cheap).Verify(t.Context(), reference, "password"); err != nil || !ok {
		t.Errorf("Verify = %v, %v", ok, err)
	}
}

func TestHasher_refusesDamagedHashes(t *testing.T) {
	good, err := NewHasher(cheap).Hash(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, phc := range map[string]string{
		"clear text":        "x9k2m4p7",
		"another algorithm": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"no passes":         strings.Replace(good, "t=1", "t=0", 1),
		"no threads":        strings.Replace(good, "p=1", "p=0", 1),
		"all the memory":    strings.Replace(good, "m=8", "m=4000000000", 1),
		"a cut key":         good[:len(good)-4],
		"a key of rubbish":  good[:len(good)-4] + "****",
		"no salt":           "$argon2id$v=19$m=8,t=1,p=1$$" + strings.Split(good, "$")[5],
		"another part":      good + "$x",
	} {
		t.Run(name, func(t *testing.T) {
			if ok, _, err := NewHasher(cheap).Verify(t.Context(), phc, "x"); err == nil || ok {
				t.Errorf("Verify = %v, %v, want an error", ok, err)
			}
		})
	}
}

// A third hash waits for one of two to end, and gives up with its ctx.
func TestReq_AUTH06_hashingIsBounded(t *testing.T) {
	h := NewHasher(cheap)
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, "x"); err == nil {
		t.Error("a third hash ran beside two")
	}
	// Nobody's password is hashed like anybody's: the time must not tell them apart.
	if _, _, err := h.Verify(ctx, "", "x"); err == nil {
		t.Error("for nobody nothing was hashed")
	}
	<-h.slots
	if _, err := h.Hash(t.Context(), "x"); err != nil {
		t.Errorf("a second hash did not run beside one: %v", err)
	}
}

// A flood of sign-ins is turned away at once instead of being queued without end.
func TestReq_AUTH06_theQueueIsBounded(t *testing.T) {
	h := NewHasher(cheap)
	for range cap(h.waiting) {
		h.waiting <- struct{}{}
	}
	_, _, err := h.Verify(t.Context(), "", "x")
	if key, _, _ := fault.Message(err); key != KeyBusy || !fault.Is(err, fault.Unavailable) {
		t.Errorf("one too many: %v, want %s", err, KeyBusy)
	}
	<-h.waiting
	if _, _, err := h.Verify(t.Context(), "", "x"); err != nil {
		t.Errorf("with room to wait: %v", err)
	}
}

func TestDefaultParams(t *testing.T) {
	p := DefaultParams()
	if p.MemoryKiB < 19*1024 || p.Passes < 2 || argon2.Version != 0x13 {
		t.Errorf("params %+v, version %#x are below the baseline", p, argon2.Version)
	}
}

// RFC 6238, appendix B (SHA-1), the last six of its eight digits.
func TestMatchTOTP_vectors(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for _, tc := range []struct {
		at   int64
		code string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}} {
		step, ok, err := MatchTOTP(secret, tc.code, time.Unix(tc.at, 0))
		if err != nil || !ok || step != tc.at/30 {
			t.Errorf("at %d: step %d, %v, %v, want %d", tc.at, step, ok, err, tc.at/30)
		}
	}
}

func TestMatchTOTP_window(t *testing.T) {
	const secret, code, step = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "081804", 1111111109 / 30
	for name, tc := range map[string]struct {
		typed string
		steps int64 // the clock is so many steps ahead of the code
		want  bool
	}{
		"now":                  {code, 0, true},
		"a step late":          {code, 1, true},
		"a step early":         {code, -1, true},
		"two steps late":       {code, 2, false},
		"two steps early":      {code, -2, false},
		"full width":           {"０８１８０４", 0, true},
		"with a space":         {"081 804", 0, true},
		"without leading zero": {"81804", 0, false},
		"empty":                {"", 0, false},
		"more digits":          {"0818040", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok, err := MatchTOTP(secret, tc.typed, time.Unix((step+tc.steps)*30, 0))
			if err != nil || ok != tc.want || ok && got != step {
				t.Errorf("MatchTOTP = %d, %v, %v, want %v", got, ok, err, tc.want)
			}
		})
	}
}
