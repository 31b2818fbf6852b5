package neighbour

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lokiConfig is a Loki in one process that keeps everything in a folder and takes
// rules over its API.
const lokiConfig = `auth_enabled: false
server: {http_listen_address: 127.0.0.1, http_listen_port: PORT, grpc_listen_address: 127.0.0.1, grpc_listen_port: GRPC, log_level: error}
analytics: {reporting_enabled: false}
memberlist: {bind_addr: [127.0.0.1]}
common:
  path_prefix: FOLDER
  replication_factor: 1
  instance_addr: 127.0.0.1
  ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}
ingester: {lifecycler: {final_sleep: 0s, min_ready_duration: 0s}}
storage_config: {use_thanos_objstore: true, object_store: {filesystem: {dir: FOLDER/objects}}}
ruler_storage: {backend: filesystem, filesystem: {dir: FOLDER/rules}}
ruler: {enable_api: true, rule_path: FOLDER/scratch}
schema_config:
  configs:
    - {from: 2024-01-01, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
`

// Loki starts an empty Loki that keeps its data in a folder.
func Loki(ctx context.Context, binary, folder string) (*Server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	other, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	port := func(address string) string { return address[strings.LastIndex(address, ":")+1:] }
	config := strings.NewReplacer("PORT", port(address), "GRPC", port(other), "FOLDER", folder).Replace(lokiConfig)
	file := filepath.Join(folder, "loki.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of Loki: %w", err)
	}
	return start(ctx, address, "/ready", binary, "-config.file="+file)
}
