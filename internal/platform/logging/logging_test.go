package logging_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
)

// Identifiers that reach the log by mistake come out unreadable.
func TestNew_patientIdentifiersDoNotShow(t *testing.T) {
	person, patient := ident.New[ident.PersonID](), ident.LocalPatientID("0012345678")
	for _, format := range []logging.Format{logging.JSON, logging.Text} {
		var out bytes.Buffer
		logging.New(&out, logging.Config{Format: format}).Info("said", "person", person, "patient", patient)
		if s := out.String(); strings.Contains(s, string(person)) || strings.Contains(s, string(patient)) {
			t.Errorf("%s log shows an identifier: %s", format, s)
		}
	}
}

func TestNew_level(t *testing.T) {
	var out bytes.Buffer
	log := logging.New(&out, logging.Config{Format: logging.JSON, Level: slog.LevelWarn})
	log.Info("hidden")
	log.Warn("shown", logging.KeyRef, "r1")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("log is not one JSON line: %v\n%s", err, out.String())
	}
	if line["msg"] != "shown" || line[logging.KeyRef] != "r1" {
		t.Errorf("line = %v", line)
	}
}

func TestConfig_Validate(t *testing.T) {
	if got := logging.DefaultConfig().Validate(); got != nil {
		t.Errorf("the default has problems: %v", got)
	}
	got := logging.Config{Format: "xml"}.Validate()
	if len(got) != 1 || !strings.Contains(got[0], "log.format") {
		t.Errorf("Validate = %v, want one problem naming log.format", got)
	}
}
