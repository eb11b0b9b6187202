"""JavaScript workspaces of two packages, a <- b, for Nx, Turborepo and Rush."""
import json

# Writes dist/out.txt and dist/noise.bin: bytes that do not compress, the same ones every time.
# In between it waits while there is a file hold-<package> beside packages/.
BUILD_JS = """\
const { createCipheriv } = require('crypto');
const fs = require('fs');
const size = Number(process.argv[2] || 200000);
const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, process.cwd().length), Buffer.alloc(16));
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/out.txt', fs.readFileSync('src.txt', 'utf8').toUpperCase());
const hold = '../../hold-' + process.cwd().split('/').pop();
while (fs.existsSync(hold)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
const file = fs.openSync('dist/noise.bin', 'w');
for (let left = size; left > 0; left -= 1 << 20) {
  fs.writeSync(file, cipher.update(Buffer.alloc(Math.min(left, 1 << 20))));
}
fs.closeSync(file);
console.log('built', JSON.parse(fs.readFileSync('package.json', 'utf8')).name);
"""


def workspace(size=200000, **root):
    """The files of the workspace; `root` goes into its package.json."""
    files = {"package.json": json.dumps(
        {"name": "demo", "version": "1.0.0", "private": True, "workspaces": ["packages/*"], **root})}
    for name, needs in (("a", {}), ("b", {"a": "1.0.0"})):
        files[f"packages/{name}/package.json"] = json.dumps(
            {"name": name, "version": "1.0.0", "dependencies": needs,
             "scripts": {"build": f"node build.js {size if name == 'a' else 1000}"}})
        files[f"packages/{name}/build.js"] = BUILD_JS
        files[f"packages/{name}/src.txt"] = f"this is {name}\n"
    return files
