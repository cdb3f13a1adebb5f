// Package tomlfile reads configuration files strictly: a key that no program knows is
// an error that names it with its line, since a mistyped key would otherwise be a
// default that nobody chose.
package tomlfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Read decodes the file at path into the struct that into points to. What the file
// leaves out stays as it is there, so into holds the defaults.
func Read(path string, into any) error {
	data, err := Bytes(path)
	if err != nil {
		return err
	}
	dec := toml.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	err = dec.Decode(into)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var list []string
		for _, e := range unknown.Errors {
			row, _ := e.Position()
			list = append(list, fmt.Sprintf("%s:%d: unknown key %s", path, row, strings.Join(e.Key(), ".")))
		}
		return errors.New(strings.Join(list, "\n"))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, column := wrong.Position()
		return fmt.Errorf("%s:%d:%d: %s", path, row, column, wrong.Error())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Bytes gives the text of a file in UTF-8 without the byte order mark that editors of
// Windows put before it; one in UTF-16 is named as that.
func Bytes(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) || bytes.IndexByte(data, 0) >= 0 {
		return nil, fmt.Errorf("%s: is in UTF-16, save it as UTF-8", path)
	}
	return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), nil
}

// Beside gives a path of a configuration as it is meant: relative to the folder of
// the configuration file. Empty stays empty.
func Beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// Problems makes one error of everything that is wrong with a configuration, or nil.
func Problems(file string, problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s:\n  %s", file, strings.Join(problems, "\n  "))
}
