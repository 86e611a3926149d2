# Routes of TLS sites are for HTTPS only: on the plain HTTP port nobody is asked for a certificate.
# No field of this verifies the certificate of mtlscheck-0's upstream. In config.yaml of the gateway this does, for all of them:
#   apisix: {ssl: {ssl_trusted_certificate: FILE}}
#   nginx_config: {http_server_configuration_snippet: "proxy_ssl_verify on; proxy_ssl_verify_depth 2;"}
a6 ssl create -f - <<'EOF'
{
  "id": "mtlscheck-0",
  "snis": ["gateway.test"],
  "ssl_protocols": ["TLSv1.2", "TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 2},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
a6 upstream create -f - <<'EOF'
{
  "id": "mtlscheck-0",
  "type": "roundrobin",
  "scheme": "https",
  "pass_host": "rewrite",
  "upstream_host": "upstream.test",
  "tls": {
    "client_cert": "CERTIFICATES:2",
    "client_key": "KEY"
  },
  "nodes": {"127.0.0.1:9": 1}
}
EOF
a6 route create -f - <<'EOF'
{
  "id": "mtlscheck-0",
  "uri": "/*",
  "vars": [["scheme", "==", "https"]],
  "hosts": ["gateway.test"],
  "plugins": {"proxy-rewrite": {"headers": {"set": {"X-Client-DN": "$ssl_client_s_dn"}}}},
  "upstream_id": "mtlscheck-0"
}
EOF
a6 ssl create -f - <<'EOF'
{
  "id": "mtlscheck-1",
  "snis": ["b.test"],
  "ssl_protocols": ["TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 0},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
a6 upstream create -f - <<'EOF'
{
  "id": "mtlscheck-1",
  "type": "roundrobin",
  "scheme": "http",
  "nodes": {"127.0.0.1:9": 1}
}
EOF
a6 route create -f - <<'EOF'
{
  "id": "mtlscheck-1",
  "uri": "/*",
  "vars": [["scheme", "==", "https"]],
  "hosts": ["b.test"],
  "plugins": {"proxy-rewrite": {"headers": {"remove": ["X-Client-DN"]}}},
  "upstream_id": "mtlscheck-1"
}
EOF
