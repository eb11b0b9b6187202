from support.sandbox import clients_dir
from support.scenarios import Client, Scenarios

BUILD = """\
import { createCipheriv } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 1), Buffer.alloc(16));
mkdirSync('dist', { recursive: true });
writeFileSync('dist/out.txt', readFileSync('src.txt', 'utf8').toUpperCase());
writeFileSync('dist/noise.bin', cipher.update(Buffer.alloc(200000)));
console.log('built');
"""
CONFIG = "export default { run: { tasks: { mk: { command: 'node build.mjs' } } } };\n"


class VitePlus(Scenarios, Client):
    name = "vite-plus"
    carries_token = False
    outputs = ("dist/*",)

    @classmethod
    def missing(cls):
        return None if (clients_dir() / "vite-plus/node_modules/.bin/vp").exists() else "vite-plus"

    def project(self):
        self.box.write({"package.json": '{"name": "demo", "version": "1.0.0", "private": true, "type": "module"}',
                        "vite.config.mjs": CONFIG, "build.mjs": BUILD, "src.txt": "this is the source\n",
                        ".gitignore": "node_modules\ndist\nfabrik.toml\n"})
        (self.box.project / "node_modules").symlink_to(clients_dir() / "vite-plus/node_modules")
        self.wipe()  # what another test left in Vite+'s own cache, which lies there
        for command in (["init", "-q"], ["add", "."],
                        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
            run = self.box.run(["git", *command])
            self.assertEqual(run.code, 0, run)

    def build(self, **variables):
        return self.box.shell(f"{clients_dir()}/vite-plus/node_modules/.bin/vp run mk", **variables)

    def wipe(self):
        self.box.remove("dist", "node_modules/.vite/task-cache")

    def is_hit(self, run):
        return "remote cache hit" in run.output
