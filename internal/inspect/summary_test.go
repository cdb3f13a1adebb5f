package inspect_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/inspect"
)

// summarise gives what a summary says, with the folder left out.
func summarise(t *testing.T, root string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := inspect.Summarise(t.Context(), &out, root)
	return strings.ReplaceAll(out.String(), root+"/", ""), err
}

func TestSummarise(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "000", "001", "0000012345", "20240601", "OMP-01")
	order := func(number, flag, body string) {
		name := strings.Replace(file, "777", number, 1)
		write(t, filepath.Join(folder, strings.TrimSuffix(name, "1")+flag), strings.Replace(body, "ORC|NW|777|", "ORC|NW|000000000000"+number+"|", 1))
	}
	bare := strings.Replace(message, "20240601\rRXR", "20240601\rZZZ|1\rRXR", 1) // moves the segments behind it
	order("777", "1", message)
	order("778", "1", strings.Replace(message, "|103835401^DRUG A^HOT9|", "||", 1))
	order("779", "1", strings.Replace(bare, "RXE||103835401^DRUG A^HOT9|", "NTE|1||x\rRXE|||", 1))
	order("780", "2", message)
	order("780", "1", message)
	order("781", "1", strings.Replace(message, "ORC|NW|777", "ORC|NW|999", 1))
	order("782", "1", strings.Replace(message, "ORC|NW|777", "NTE|1||x\rORC|NW|999", 1))
	write(t, filepath.Join(root, "README.txt"), "hello")
	if err := os.Symlink("/etc/hostname", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	got, err := summarise(t, root)
	if !errors.Is(err, inspect.ErrUnreadable) {
		t.Errorf("Summarise = %v, want %v", err, inspect.ErrUnreadable)
	}
	if diff := cmp.Diff(`READ  NOT READ  WITH WARNINGS  FORMAT  TYPE
5     2         2              ssmix2  OMP-01
5     2         2              all     

FILES  STATE
6      current
1      superseded

NOT READ
       2  segment N (RXE), field 2: no drug
          first: 000/001/0000012345/20240601/OMP-01/0000012345_20240601_OMP-01_000000000000778_20240601101500000_01_1

PASSED OVER
       1  of no format that this program reads
          first: README.txt
       1  skipped: a symbolic link is not followed
          first: link

WARNINGS
       2  segment N (ORC), field 2: order number differs from that of the file name
          first: 000/001/0000012345/20240601/OMP-01/0000012345_20240601_OMP-01_000000000000781_20240601101500000_01_1
`, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestSummarise_nothingWrong(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a.hl7"), message)
	got, err := summarise(t, root)
	if err != nil || strings.Contains(got, "NOT READ\n ") || strings.Contains(got, "WARNINGS\n ") || strings.Contains(got, "STATE") {
		t.Errorf("%v:\n%s", err, got)
	}
}
