// Command roots prints the certificate authorities that Mozilla trusts, as PEM,
// for the file that the image has at /etc/ssl/certs/ca-certificates.crt. The same
// go.mod prints the same bytes on every machine.
package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "roots:", err)
		os.Exit(1)
	}
}

// write leaves out the authorities that are trusted under a condition only, as
// for certificates from before a day: a PEM file cannot say that.
func write(out io.Writer) error {
	w := bufio.NewWriter(out)
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return fmt.Errorf("write a certificate: %w", err)
		}
	}
	return w.Flush()
}
