package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"os"
)

// layerLevel is how hard the layers of a release are compressed. release.yml asks
// BuildKit for the same.
const layerLevel = gzip.BestCompression

// Layer returns how many bytes a registry holds for the files of a folder, as one
// layer of an image. BuildKit compresses with the package used here; other programs
// differ by some hundredths.
func Layer(dir string) (int64, error) {
	var size counter
	zipped, err := gzip.NewWriterLevel(&size, layerLevel)
	if err != nil {
		return 0, err
	}
	files := tar.NewWriter(zipped)
	if err := files.AddFS(os.DirFS(dir)); err != nil {
		return 0, fmt.Errorf("compress %s: %w", dir, err)
	}
	if err := files.Close(); err != nil {
		return 0, fmt.Errorf("compress %s: %w", dir, err)
	}
	if err := zipped.Close(); err != nil {
		return 0, fmt.Errorf("compress %s: %w", dir, err)
	}
	return int64(size), nil
}

// counter counts the bytes written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
