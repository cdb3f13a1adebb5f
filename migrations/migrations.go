// Package migrations embeds the numbered schema migrations of center and gateway.
//
// One set serves both engines. Migrations only go forward: expand, migrate,
// contract, so that the program before a migration and the one after it both run
// on what it leaves.
package migrations

import "embed"

// Files holds center/*.sql and gateway/*.sql.
//
//go:embed center/*.sql gateway/*.sql
var Files embed.FS
