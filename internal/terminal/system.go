package terminal

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"strings"
)

// systemName names this PC's operating system for the ledger of terminals, as far as it
// is found without asking other programs.
func systemName() string {
	switch runtime.GOOS {
	case "windows":
		return "Windows"
	case "darwin":
		return "macOS"
	case "linux":
		if f, err := os.Open("/etc/os-release"); err == nil {
			defer f.Close()
			if name := prettyName(f); name != "" {
				return name
			}
		}
		return "Linux"
	}
	return runtime.GOOS
}

// prettyName reads PRETTY_NAME of os-release(5).
func prettyName(r io.Reader) string {
	lines := bufio.NewScanner(io.LimitReader(r, 64<<10))
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); ok {
			return strings.Trim(v, `"'`)
		}
	}
	return ""
}
