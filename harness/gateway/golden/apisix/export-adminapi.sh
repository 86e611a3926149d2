# ADMIN_URL: where the Admin API is, http://127.0.0.1:9180 where it is not set; API_KEY: its key.
ADMIN_URL=${ADMIN_URL:-http://127.0.0.1:9180}
# Routes of TLS sites are for HTTPS only: on the plain HTTP port nobody is asked for a certificate.
# No field of this verifies the certificate of mtlscheck-0's upstream. In config.yaml of the gateway this does, for all of them:
#   apisix: {ssl: {ssl_trusted_certificate: FILE}}
#   nginx_config: {http_server_configuration_snippet: "proxy_ssl_verify on; proxy_ssl_verify_depth 2;"}
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/ssls/mtlscheck-0" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "snis": ["gateway.test"],
  "ssl_protocols": ["TLSv1.2", "TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 2},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/upstreams/mtlscheck-0" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
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
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/routes/mtlscheck-0" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "uri": "/*",
  "vars": [["scheme", "==", "https"]],
  "hosts": ["gateway.test"],
  "plugins": {"proxy-rewrite": {"headers": {"set": {"X-Client-DN": "$ssl_client_s_dn"}}}},
  "upstream_id": "mtlscheck-0"
}
EOF
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/ssls/mtlscheck-1" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "snis": ["b.test"],
  "ssl_protocols": ["TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 0},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/upstreams/mtlscheck-1" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "type": "roundrobin",
  "scheme": "http",
  "nodes": {"127.0.0.1:9": 1}
}
EOF
curl -sS --fail-with-body "${ADMIN_URL}/apisix/admin/routes/mtlscheck-1" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "uri": "/*",
  "vars": [["scheme", "==", "https"]],
  "hosts": ["b.test"],
  "plugins": {"proxy-rewrite": {"headers": {"remove": ["X-Client-DN"]}}},
  "upstream_id": "mtlscheck-1"
}
EOF
