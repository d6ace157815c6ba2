// Says in one sentence what is missing where the lockfile could not bring Node 24 (it does on Linux x64).
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Deskhand's scripts run under Node 24, but this is Node ${process.versions.node}: ` +
      "run `npm ci` first (it brings Node 24 on Linux x64), or install Node 24.",
  );
  process.exit(1);
}
