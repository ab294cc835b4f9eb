// Stops with one sentence when Node is too old. Imported before anything else, so it is written in old syntax.
var needed = [20, 19];
var found = process.versions.node.split('.').map(Number);
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    `Retrace needs Node ${needed.join('.')} or newer (24 recommended); this is Node ${process.versions.node}. Install a newer Node and run the same command again.\n`,
  );
  process.exit(2);
}
