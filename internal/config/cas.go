package config

import (
	"crypto/x509"
	"fmt"
	"os"
)

// RootCAs returns the system's certificate authorities with those of api.ca_file; nil, the system's alone, when it names none. There is no way to trust
// less than a certificate.
func (c *Config) RootCAs() (*x509.CertPool, error) {
	if c.API.CAFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.API.CAFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", c.API.CAFile, reasonOf(err))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a machine without any: what is named is all there is
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: holds no certificate", c.API.CAFile)
	}
	return pool, nil
}
