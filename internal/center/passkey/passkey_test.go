package passkey_test

import (
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/fault"
)

func TestCheckOrigin(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://portal.example.jp":      true,
		"https://portal.example.jp/":     true,
		"https://portal.example.jp:8443": true,
		"https://PORTAL.example.jp":      true,
		"https://localhost:8443":         true,
		"http://localhost:8080":          true,
		"http://f1.localhost:8080":       true,
		"http://portal.example.jp":       false,
		"http://localhost.example.jp":    false,
		"https://192.0.2.1:8443":         false,
		"https://[2001:db8::1]":          false,
		"https://portal.example.jp/a":    false,
		"https://portal.example.jp?x=1":  false,
		"https://u@portal.example.jp":    false,
		"portal.example.jp":              false,
		"https://":                       false,
		"":                               false,
		"null":                           false,
		"ftp://portal.example.jp":        false,
	} {
		if err := passkey.CheckOrigin(address); (err == nil) != ok {
			t.Errorf("CheckOrigin(%q) = %v, want ok %v", address, err, ok)
		}
	}
}

// An address is written in configuration as people write it, and compared as browsers do.
func TestOrigins_RPID(t *testing.T) {
	o, err := passkey.NewOrigins("https://PORTAL.example.jp:443/", "https://portal.example.jp:8443", "http://f1.localhost:80")
	if err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]string{
		"https://portal.example.jp":      "portal.example.jp",
		"https://portal.example.jp:8443": "portal.example.jp",
		"http://f1.localhost":            "f1.localhost",
		"https://portal.example.jp:443":  "",
		"https://portal.example.jp/":     "",
		"http://portal.example.jp":       "",
		"https://example.jp":             "",
	} {
		if got := o.RPID(origin); got != want {
			t.Errorf("RPID(%q) = %q, want %q", origin, got, want)
		}
	}
	if _, err := passkey.NewOrigins("https://192.0.2.1"); err == nil {
		t.Error("NewOrigins takes a numeric host")
	}
}

func TestCheckName(t *testing.T) {
	for typed, want := range map[string]string{
		" 診察室のPC ":              "診察室のPC",
		strings.Repeat("鍵", 40): strings.Repeat("鍵", 40),
		strings.Repeat("鍵", 41): "",
		"":                      "",
		"\t ":                   "",
		"a\nb":                  "",
		"\xff":                  "",
	} {
		got, err := passkey.CheckName(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("CheckName(%q) = %q, %v, want %q", typed, got, err, want)
		}
		if key, _, _ := fault.Message(err); err != nil && key != "passkey.name" {
			t.Errorf("CheckName(%q): key %s", typed, key)
		}
	}
}

func TestChallenge_Answers(t *testing.T) {
	now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
	c := passkey.Challenge{Value: "v", Purpose: passkey.StepUp, Device: "pc1", Session: "s1", ExpiresAt: now.Add(passkey.ChallengeLife)}
	for name, tc := range map[string]struct {
		got, want bool
	}{
		"in its place":    {c.Answers(passkey.StepUp, "pc1", "s1", now), true},
		"another purpose": {c.Answers(passkey.Add, "pc1", "s1", now), false},
		"another device":  {c.Answers(passkey.StepUp, "pc2", "s1", now), false},
		"another session": {c.Answers(passkey.StepUp, "pc1", "s2", now), false},
		"at its end":      {c.Answers(passkey.StepUp, "pc1", "s1", c.ExpiresAt), false},
		"none":            {passkey.Challenge{}.Answers("", "", "", now.AddDate(-3000, 0, 0)), false},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: %v, want %v", name, tc.got, tc.want)
		}
	}
}

// Whatever comes from outside is refused or read, and never brings the program down.
func FuzzAnswer(f *testing.F) {
	const origin = "https://portal.example.jp"
	o, err := passkey.NewOrigins(origin)
	if err != nil {
		f.Fatal(err)
	}
	a := flowtest.NewAuthenticator(f, origin)
	challenge, options, err := o.AskNew(origin, passkey.Owner{ID: "u", Login: "u", DisplayName: "u"}, nil)
	if err != nil {
		f.Fatal(err)
	}
	made := a.Make(options)
	read, refused := passkey.ReadNewAnswer(made)
	if refused != "" {
		f.Fatal(refused)
	}
	key, refused := o.CheckNew(passkey.Challenge{Value: challenge, Origin: origin}, "u", read)
	if refused != "" {
		f.Fatal(refused)
	}
	challenge, options, err = o.Ask(origin, nil)
	if err != nil {
		f.Fatal(err)
	}
	asked := passkey.Challenge{Value: challenge, Origin: origin}
	right := a.Sign(options)
	f.Add(made)
	f.Add(right)
	f.Fuzz(func(t *testing.T, data []byte) {
		if read, refused := passkey.ReadNewAnswer(data); refused == "" {
			o.CheckNew(asked, "u", read)
		}
		read, refused := passkey.ReadAnswer(data)
		if refused != "" {
			return
		}
		_ = read.Owner()
		used, refused := o.Check(asked, key, read)
		if refused == "" && (read.Challenge() != challenge || used.SignCount <= key.SignCount) {
			t.Errorf("an answer to %q is taken", read.Challenge())
		}
	})
}
